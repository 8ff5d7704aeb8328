"""Ringing every bell many times at once; run inside the platform's environment."""

from lucidpay.celery import app


def ring_all(times: int) -> None:
    """Queue every scheduled task this often, as a broker that delivers again and again would."""
    for _ in range(times):
        for entry in app.conf.beat_schedule.values():
            app.send_task(entry["task"])
