"""The routers exist from the start; a wallet is given to them when there is one."""

from django.db import migrations

ROUTERS = ("PayoutRouterV0", "PayoutRouterKYC", "PayoutRouterDirect", "PayoutRouterGateway")


def make_routers(apps, schema_editor):
    Router = apps.get_model("payouts", "Router")
    for name in ROUTERS:
        Router.objects.get_or_create(type=name)


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]

    operations = [migrations.RunPython(make_routers, migrations.RunPython.noop)]
