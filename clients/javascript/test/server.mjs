// A platform that answers what a test wants, over real HTTP, and remembers what it was asked.
import { once } from 'node:events';
import { createServer } from 'node:http';

export const KEY = `lp_test_${'k'.repeat(40)}`;

/**
 * Listen until the test ends. `answer` is called with each request and its number from 0, and
 * returns `{ status, headers, body }` (a body that is no text becomes JSON), or null to break the
 * connection, or undefined never to answer.
 */
export async function platform(t, answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    const said = await answer(asked.at(-1), asked.length - 1);
    if (said === null) return request.socket.destroy();
    if (said === undefined) return undefined;
    response.writeHead(said.status ?? 200, said.headers);
    return response.end(
      typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { asked, baseUrl: `http://127.0.0.1:${server.address().port}`, apiKey: KEY };
}

/** An answer in the envelope of errors. */
export function refused(status, code, message, details = {}, headers = {}) {
  const error = { code, message, details, request_id: 'r-1', timestamp: '2026-01-31T09:00:00Z' };
  return { status, headers, body: { error, detail: message } };
}
