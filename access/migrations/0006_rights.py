"""What gives rights tells the connection that writes it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0005_key_origin'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."allowed_ips" IS DISTINCT FROM (NEW."allowed_ips") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."origin_id" IS DISTINCT FROM (NEW."origin_id") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."rate_limits" IS DISTINCT FROM (NEW."rate_limits") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."rotated_from_id" IS DISTINCT FROM (NEW."rotated_from_id") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='39fd5fabce1af34bc2d5c941e110b5a05586182a', operation='UPDATE', pgid='pgtrigger_rights_update_86dcd', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='af18e4c8035100e41f6751ac1c9768c15d545972', operation='DELETE', pgid='pgtrigger_rights_delete_e0eda', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='995ae6b0264d7387c4f3272ba61cd8a4b434f618', operation='UPDATE', pgid='pgtrigger_rights_update_5fbae', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='d53b59ef06a2a07594236485e631424a0a8f505e', operation='DELETE', pgid='pgtrigger_rights_delete_b7df9', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tokenfamily',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."auth_hash" IS DISTINCT FROM (NEW."auth_hash") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."ended_why" IS DISTINCT FROM (NEW."ended_why") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='d8ccb32fee7dc956358939312b463487f0e7fc3c', operation='UPDATE', pgid='pgtrigger_rights_update_c8e38', table='access_tokenfamily', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tokenfamily',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.ended_at IS NULL AND OLD.expires_at > now())', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='43ebbfd9294d37dde167d4f5a3cd2a3ae6fa53ed', operation='DELETE', pgid='pgtrigger_rights_delete_0f33f', table='access_tokenfamily', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."login_epoch" IS DISTINCT FROM (NEW."login_epoch") OR OLD."password" IS DISTINCT FROM (NEW."password") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='beb5647fbe30db71fb8d5a496a5178e59f6b0f57', operation='UPDATE', pgid='pgtrigger_rights_update_afaa1', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='62c8244a4a7b9846d0938a404d31f9f86a68c342', operation='DELETE', pgid='pgtrigger_rights_delete_f6c77', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='fd9bc0bc777a5e34c72cb945a22e93a3d06c64c2', operation='UPDATE', pgid='pgtrigger_rights_update_6e4bb', table='access_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='f7e0479b5cffd547eaa26870a490a9216e7fb329', operation='DELETE', pgid='pgtrigger_rights_delete_3404b', table='access_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='rights_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='7d72ca9dc096f0871f106ca8b187e547630e18c5', operation='INSERT', pgid='pgtrigger_rights_insert_da430', table='access_user_groups', when='AFTER')),
        ),
    ]
