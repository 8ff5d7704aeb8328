"""Who is told how much, and where."""

from lucidpay.settings import env

__all__ = ["METRICS_TOKEN", "WORKER_METRICS_ADDRESS", "WORKER_METRICS_PORT"]

# Bearer token of Prometheus. Without one, only direct calls from private addresses are answered.
METRICS_TOKEN = env.text("METRICS_TOKEN")
# Where a worker tells how long nodes took to answer it; 0 for nowhere.
WORKER_METRICS_PORT = env.number("WORKER_METRICS_PORT", 0, low=0, high=65_535)
# Set to nothing it would be every address of this machine.
WORKER_METRICS_ADDRESS = env.text("WORKER_METRICS_ADDRESS") or "127.0.0.1"
