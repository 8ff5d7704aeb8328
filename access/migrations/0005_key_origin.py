"""Limits are kept by the first key of a line of rotations."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


LINES = """
WITH RECURSIVE line AS (
  SELECT id, id AS origin_id FROM access_apikey WHERE rotated_from_id IS NULL
  UNION ALL
  SELECT key.id, line.origin_id
    FROM access_apikey AS key JOIN line ON key.rotated_from_id = line.id)
UPDATE access_apikey AS key SET origin_id = line.origin_id FROM line WHERE line.id = key.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0004_retention'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='apikey',
            name='audit_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='apikey',
            name='audit_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='apikey',
            name='audit_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='apikey',
            name='audit_digest',
        ),
        migrations.AddField(
            model_name='apikey',
            name='origin_id',
            field=models.UUIDField(editable=False, help_text='The first key of the line of rotations, by which its limits are kept.', null=True),
        ),
        migrations.AddField(
            model_name='apikeyaudit',
            name='origin_id',
            field=models.UUIDField(editable=False, help_text='The first key of the line of rotations, by which its limits are kept.', null=True),
        ),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('origin_id__isnull', False)), name='api_key_has_its_line'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_apikeyaudit" ("allowed_ips", "created_at", "expires_at", "id", "name", "origin_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_limits", "revoked_at", "rotated_from_id", "scopes", "user_id") VALUES (NEW."allowed_ips", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", NEW."origin_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."prefix", NEW."rate_limits", NEW."revoked_at", NEW."rotated_from_id", NEW."scopes", NEW."user_id"); RETURN NULL;', hash='277d8684772b51ccb4e759e40f2207a6fd2ccc1e', operation='INSERT', pgid='pgtrigger_audit_insert_53292', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."allowed_ips" IS DISTINCT FROM (NEW."allowed_ips") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."origin_id" IS DISTINCT FROM (NEW."origin_id") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."rate_limits" IS DISTINCT FROM (NEW."rate_limits") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."rotated_from_id" IS DISTINCT FROM (NEW."rotated_from_id") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "access_apikeyaudit" ("allowed_ips", "created_at", "expires_at", "id", "name", "origin_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_limits", "revoked_at", "rotated_from_id", "scopes", "user_id") VALUES (NEW."allowed_ips", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", NEW."origin_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."prefix", NEW."rate_limits", NEW."revoked_at", NEW."rotated_from_id", NEW."scopes", NEW."user_id"); RETURN NULL;', hash='dc6514f109b7a86f9dd0e0546590b95b9d85f3f6', operation='UPDATE', pgid='pgtrigger_audit_update_6b745', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_apikeyaudit" ("allowed_ips", "created_at", "expires_at", "id", "name", "origin_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_limits", "revoked_at", "rotated_from_id", "scopes", "user_id") VALUES (OLD."allowed_ips", OLD."created_at", OLD."expires_at", OLD."id", OLD."name", OLD."origin_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."prefix", OLD."rate_limits", OLD."revoked_at", OLD."rotated_from_id", OLD."scopes", OLD."user_id"); RETURN NULL;', hash='39fc81dfa3d4cf5ebda479c956f826d83ac9ce35', operation='DELETE', pgid='pgtrigger_audit_delete_3b69f', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='audit_digest', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."digest" IS DISTINCT FROM (NEW."digest"))', func='INSERT INTO "access_apikeyaudit" ("allowed_ips", "created_at", "expires_at", "id", "name", "origin_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_limits", "revoked_at", "rotated_from_id", "scopes", "user_id") VALUES (NEW."allowed_ips", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", NEW."origin_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'digest_changed\', NEW."id", NEW."prefix", NEW."rate_limits", NEW."revoked_at", NEW."rotated_from_id", NEW."scopes", NEW."user_id"); RETURN NULL;', hash='e1eea5002e6776ce6a8b7c8ea5e6d2341571a922', operation='UPDATE', pgid='pgtrigger_audit_digest_cc519', table='access_apikey', when='AFTER')),
        ),
    ]
