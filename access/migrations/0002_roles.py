"""The roles exist as groups from the start; ``access/scopes.py`` says what each may do."""

from django.db import migrations

ROLES = (
    "end_user",
    "node_operator",
    "merchant",
    "operator",
    "approver",
    "auditor",
    "admin",
)


def make_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
