"""A worker that is killed while it sends: at least once, and always under the same id."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from lucidpay.clock import utc_now
from lucidpay.ids import public_id
from tests import builders
from tests.waiting import until
from tests.webhooks import making
from tests.webhooks.receiver import TAKEN, Receiver, Reply, Request
from webhooks.models import Attempt, Delivery, Event

SENDER = """
import django; django.setup()
from lucidpay.clock import utc_now
from webhooks.delivery import deliveries_send
deliveries_send(clock=utc_now)
"""


def sender() -> "subprocess.Popen[bytes]":
    """A process that sends what is due in this test's database."""
    facts = connection.settings_dict
    where = f"postgres://{facts['USER']}@{facts['HOST'].replace('/', '%2F')}/{facts['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": where,
        "VAULT_KEY": django_settings.VAULT_KEY,
        "VAULT_PUBLIC_KEY": django_settings.VAULT_PUBLIC_KEY,
        "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "lucidpay.settings.test",
    }
    return subprocess.Popen([sys.executable, "-c", SENDER], env=environment)


class Holder(threading.Thread):
    """Holds the delivery's row, so that what came of it cannot be written down."""

    def __init__(self) -> None:
        super().__init__()
        self.holds, self.may_end = threading.Event(), threading.Event()

    def run(self) -> None:
        with transaction.atomic():
            Delivery.objects.select_for_update().get()
            self.holds.set()
            self.may_end.wait(60)
        connection.close()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT EXISTS (SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock')""")
        [[waits]] = cursor.fetchall()
    return bool(waits)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_answered", [False, True], ids=["before its answer", "after it"])
@pytest.mark.contract("C-HOOK-15")
def test_what_it_had_under_way_is_sent_again_with_the_same_id(
    receiver: Receiver, was_answered: bool
) -> None:
    owner = builders.user("operator")
    _, receiver.secret = making.endpoint(owner, receiver.url)
    making.events(owner)
    making.place()
    holder, met = Holder(), threading.Event()

    def reply(request: Request, earlier: int) -> Reply:
        if earlier == 0 and was_answered:
            holder.start()
            holder.holds.wait(60)
        elif earlier == 0:
            met.set()
            holder.may_end.wait(60)
        return TAKEN

    receiver.reply = reply
    process = sender()
    if was_answered:
        until("the sender waits to write down the answer", somebody_waits_for_a_lock)
    else:
        assert met.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    holder.may_end.set()
    if was_answered:
        holder.join()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.tries, Attempt.objects.count()) == ("pending", 0, 0)
    assert making.send(utc_now()) == 0  # its lease still runs
    assert making.send(utc_now() + timedelta(seconds=100)) == 1
    event_id = public_id("evt", Event.objects.get().pk)
    assert [request.event_id for request in receiver.requests] == [event_id, event_id]
    assert list(receiver.events) == [event_id]
    assert Delivery.objects.get().status == "delivered"
