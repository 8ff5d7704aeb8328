from typing import Any

from django.db import migrations, models

import tron.columns


def fill(apps: Any, schema_editor: Any) -> None:
    """Write the bodies of what is watched already; the columns do it by themselves."""
    for name in ("WatchedAddress", "WatchedPair"):
        for row in apps.get_model("tron", name).objects.all():
            row.save()


class Migration(migrations.Migration):

    dependencies = [
        ("tron", "0010_pairs"),
    ]

    operations = [
        migrations.AddField(
            model_name="watchedaddress",
            name="body",
            field=tron.columns.AddressBody(null=True, of="address"),
        ),
        migrations.AddField(
            model_name="watchedpair",
            name="sender_body",
            field=tron.columns.AddressBody(null=True, of="sender"),
        ),
        migrations.AddField(
            model_name="watchedpair",
            name="recipient_body",
            field=tron.columns.AddressBody(null=True, of="recipient"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="watchedaddress",
            name="body",
            field=tron.columns.AddressBody(of="address", unique=True),
        ),
        migrations.AlterField(
            model_name="watchedpair",
            name="sender_body",
            field=tron.columns.AddressBody(of="sender"),
        ),
        migrations.AlterField(
            model_name="watchedpair",
            name="recipient_body",
            field=tron.columns.AddressBody(of="recipient"),
        ),
        migrations.AddIndex(
            model_name="watchedpair",
            index=models.Index(
                fields=["recipient_body", "sender_body"], name="watched_pair_by_bodies"
            ),
        ),
    ]
