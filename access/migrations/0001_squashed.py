"""Users, roles, keys, logins and second factors, with what guards and tells of them."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import lucidpay.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


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
    """The roles exist as groups from the start; ``access/scopes.py`` says what each may do."""
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('access', '0001_initial'),
        ('access', '0002_roles'),
        ('access', '0003_audit'),
        ('access', '0004_retention'),
        ('access', '0005_key_origin'),
        ('access', '0006_rights'),
        ('access', '0007_second_factor'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Role',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('auth.group',),
            managers=[
                ('objects', django.contrib.auth.models.GroupManager()),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('login_epoch', models.PositiveIntegerField(default=0, help_text='Raised to end every login of this user.')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(help_text='The part of the key that may be shown.', max_length=20)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('allowed_ips', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), blank=True, default=list, help_text='Addresses and networks that may use the key; empty: any.', size=None)),
                ('rate_limits', models.JSONField(blank=True, default=dict, help_text='Calls a minute by endpoint; "*" is any other.')),
                ('origin_id', models.UUIDField(editable=False, help_text='The first key of the line of rotations, by which its limits are kept.', null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('last_used_ip', models.GenericIPAddressField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('rotated_from', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='access.apikey')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API key',
            },
        ),
        migrations.CreateModel(
            name='ApiKeyAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(help_text='The part of the key that may be shown.', max_length=20)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('allowed_ips', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), blank=True, default=list, help_text='Addresses and networks that may use the key; empty: any.', size=None)),
                ('rate_limits', models.JSONField(blank=True, default=dict, help_text='Calls a minute by endpoint; "*" is any other.')),
                ('origin_id', models.UUIDField(editable=False, help_text='The first key of the line of rotations, by which its limits are kept.', null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='access.apikey')),
                ('rotated_from', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='access.apikey')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API key audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=255)),
                ('body_hash', models.CharField(max_length=64)),
                ('status_code', models.PositiveSmallIntegerField()),
                ('response', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed_secret', models.CharField(editable=False, max_length=200)),
                ('recovery_digests', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, editable=False, size=None)),
                ('last_step', models.BigIntegerField(default=0, editable=False, help_text='The 30 seconds whose code was accepted last.')),
                ('created_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, max_length=220)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='second_factors', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactorAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('created_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, max_length=220)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='access.secondfactor')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'second factor audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TokenFamily',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('auth_hash', models.CharField(help_text='What the login rested on.', max_length=64)),
                ('refresh_jti', models.CharField(help_text='The refresh token whose turn it is.', max_length=32)),
                ('address', models.CharField(blank=True, help_text='Where the login came from.', max_length=45)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='When its newest refresh token expires.')),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'token families',
            },
        ),
        migrations.CreateModel(
            name='UserAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('login_epoch', models.PositiveIntegerField(default=0, help_text='Raised to end every login of this user.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'user audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='UserRoleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('group', models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='auth.group')),
                ('user', models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'user role audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RoleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.IntegerField()),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='access.role')),
            ],
            options={
                'verbose_name': 'role audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_roleaudit" ("id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id"); RETURN NULL;', hash='9270cbe6e84db93b138b6d49e3387454e41d1c0f', operation='INSERT', pgid='pgtrigger_audit_insert_cb2bb', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "access_roleaudit" ("id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id"); RETURN NULL;', hash='27e18bcf87c95abc651b2cb72fd7022fdc329d4b', operation='UPDATE', pgid='pgtrigger_audit_update_58dd5', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_roleaudit" ("id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id"); RETURN NULL;', hash='d4812ff45faf9b0d4a58fe902d63e40b5c594189', operation='DELETE', pgid='pgtrigger_audit_delete_aac65', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='995ae6b0264d7387c4f3272ba61cd8a4b434f618', operation='UPDATE', pgid='pgtrigger_rights_update_5fbae', table='auth_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='d53b59ef06a2a07594236485e631424a0a8f505e', operation='DELETE', pgid='pgtrigger_rights_delete_b7df9', table='auth_group', when='AFTER')),
        ),
        migrations.CreateModel(
            name='UserRole',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('access.user_groups',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_useraudit" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "login_epoch", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", NEW."login_epoch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."username"); RETURN NULL;', hash='bd010c5a94d1708a1dedd1cd2e6f1911880cc9ce', operation='INSERT', pgid='pgtrigger_audit_insert_036f4', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."login_epoch" IS DISTINCT FROM (NEW."login_epoch") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "access_useraudit" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "login_epoch", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", NEW."login_epoch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."username"); RETURN NULL;', hash='50d5a23f00078d1a6c8f19f69dc7e2b0c7cd5c35', operation='UPDATE', pgid='pgtrigger_audit_update_55f19', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_useraudit" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "login_epoch", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (OLD."date_joined", OLD."email", OLD."first_name", OLD."id", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."last_name", OLD."login_epoch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."username"); RETURN NULL;', hash='2c09b2e6a796117078736c74604b2623da8f18d6', operation='DELETE', pgid='pgtrigger_audit_delete_7e834', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_password', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."password" IS DISTINCT FROM (NEW."password"))', func='INSERT INTO "access_useraudit" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "login_epoch", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", NEW."login_epoch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'password_changed\', NEW."id", NEW."username"); RETURN NULL;', hash='9b3e8c65e3bd5400498e055e7100fcdd58b86be5', operation='UPDATE', pgid='pgtrigger_audit_password_da2a2', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."login_epoch" IS DISTINCT FROM (NEW."login_epoch") OR OLD."password" IS DISTINCT FROM (NEW."password") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='beb5647fbe30db71fb8d5a496a5178e59f6b0f57', operation='UPDATE', pgid='pgtrigger_rights_update_afaa1', table='access_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='62c8244a4a7b9846d0938a404d31f9f86a68c342', operation='DELETE', pgid='pgtrigger_rights_delete_f6c77', table='access_user', when='AFTER')),
        ),
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
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."allowed_ips" IS DISTINCT FROM (NEW."allowed_ips") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."origin_id" IS DISTINCT FROM (NEW."origin_id") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."rate_limits" IS DISTINCT FROM (NEW."rate_limits") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."rotated_from_id" IS DISTINCT FROM (NEW."rotated_from_id") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='39fd5fabce1af34bc2d5c941e110b5a05586182a', operation='UPDATE', pgid='pgtrigger_rights_update_86dcd', table='access_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='af18e4c8035100e41f6751ac1c9768c15d545972', operation='DELETE', pgid='pgtrigger_rights_delete_e0eda', table='access_apikey', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='apikeyaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='apikeyaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikeyaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c458777a441fe3e457d2e4f108e77baea2e889a3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_08b14', table='access_apikeyaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='idempotencyrecord',
            index=models.Index(condition=models.Q(models.Q(('endpoint__startswith', 'payouts.'), _negated=True), models.Q(('endpoint__startswith', 'payments.'), _negated=True)), fields=['created_at'], name='idempotency_to_forget'),
        ),
        migrations.AddConstraint(
            model_name='idempotencyrecord',
            constraint=models.UniqueConstraint(fields=('user', 'endpoint', 'key'), name='idempotency_key_once_per_user'),
        ),
        migrations.AddConstraint(
            model_name='secondfactor',
            constraint=models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', False), ('ended_at', None)), fields=('user',), name='second_factor_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='secondfactor',
            constraint=models.UniqueConstraint(condition=models.Q(('confirmed_at', None), ('ended_at', None)), fields=('user',), name='second_factor_one_is_begun'),
        ),
        migrations.AddConstraint(
            model_name='secondfactor',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('recovery_digests', []), ('sealed_secret', '')), _connector='OR'), name='second_factor_ended_opens_nothing'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactor',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_secondfactoraudit" ("confirmed_at", "created_at", "ended_at", "ended_why", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."confirmed_at", NEW."created_at", NEW."ended_at", NEW."ended_why", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='90173f6db76ed2b8af16d0a1565fc6c8c2709557', operation='INSERT', pgid='pgtrigger_audit_insert_ead05', table='access_secondfactor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactor',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."ended_why" IS DISTINCT FROM (NEW."ended_why") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "access_secondfactoraudit" ("confirmed_at", "created_at", "ended_at", "ended_why", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."confirmed_at", NEW."created_at", NEW."ended_at", NEW."ended_why", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;', hash='4288e26b8dbe72572dc05b68d704a61ee057e63e', operation='UPDATE', pgid='pgtrigger_audit_update_90933', table='access_secondfactor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactor',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_secondfactoraudit" ("confirmed_at", "created_at", "ended_at", "ended_why", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."confirmed_at", OLD."created_at", OLD."ended_at", OLD."ended_why", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='c904e16c29773eeeb02771184acfeeee31dca87c', operation='DELETE', pgid='pgtrigger_audit_delete_5441a', table='access_secondfactor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactor',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_secret', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_secret" IS DISTINCT FROM (NEW."sealed_secret"))', func='INSERT INTO "access_secondfactoraudit" ("confirmed_at", "created_at", "ended_at", "ended_why", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."confirmed_at", NEW."created_at", NEW."ended_at", NEW."ended_why", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_secret_changed\', NEW."id", NEW."user_id"); RETURN NULL;', hash='7d6da11ee61d69c9385e999e99cf32ce4cca71ec', operation='UPDATE', pgid='pgtrigger_audit_sealed_secret_4ef46', table='access_secondfactor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactor',
            trigger=pgtrigger.compiler.Trigger(name='audit_recovery_digests', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."recovery_digests" IS DISTINCT FROM (NEW."recovery_digests"))', func='INSERT INTO "access_secondfactoraudit" ("confirmed_at", "created_at", "ended_at", "ended_why", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."confirmed_at", NEW."created_at", NEW."ended_at", NEW."ended_why", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'recovery_digests_changed\', NEW."id", NEW."user_id"); RETURN NULL;', hash='3149e087452db1d3a156448354c08f82ec3bc06a', operation='UPDATE', pgid='pgtrigger_audit_recovery_digests_e7610', table='access_secondfactor', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='secondfactoraudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='secondfactoraudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='secondfactoraudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1319a6b5326b6b53c177173cedb08c5b9b9985a6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_57992', table='access_secondfactoraudit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tokenfamily',
            trigger=pgtrigger.compiler.Trigger(name='rights_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."auth_hash" IS DISTINCT FROM (NEW."auth_hash") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."ended_why" IS DISTINCT FROM (NEW."ended_why") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='d8ccb32fee7dc956358939312b463487f0e7fc3c', operation='UPDATE', pgid='pgtrigger_rights_update_c8e38', table='access_tokenfamily', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tokenfamily',
            trigger=pgtrigger.compiler.Trigger(name='rights_delete', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.ended_at IS NULL AND OLD.expires_at > now())', func="RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a change by psql or without Redis.' USING ERRCODE = 'LP001'; RETURN NULL;", hash='43ebbfd9294d37dde167d4f5a3cd2a3ae6fa53ed', operation='DELETE', pgid='pgtrigger_rights_delete_0f33f', table='access_tokenfamily', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='useraudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='useraudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='useraudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f130beb6e4de89d14b81a5235c19dcbd6da1e816', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b1a17', table='access_useraudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='userroleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='userroleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userroleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='491c99076e25d675b680fa741eeb35cf6142a88f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b871d', table='access_userroleaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='roleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='roleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ee4099778d26cd6b656ff8214ce191bc710cf728', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6228b', table='access_roleaudit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_userroleaudit" ("group_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "user_id") VALUES (NEW."group_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."user_id"); RETURN NULL;', hash='4ba4a81a4eea1b2775a88257a3f56fb42b80b158', operation='INSERT', pgid='pgtrigger_audit_insert_06820', table='access_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "access_userroleaudit" ("group_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "user_id") VALUES (NEW."group_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."user_id"); RETURN NULL;', hash='be29d8fc191736ec66bbbab94a47cd3276fd2e8e', operation='UPDATE', pgid='pgtrigger_audit_update_f3861', table='access_user_groups', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userrole',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "access_userroleaudit" ("group_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "user_id") VALUES (OLD."group_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."user_id"); RETURN NULL;', hash='4bc6b4a022c15768768226f97281fdcae72eb521', operation='DELETE', pgid='pgtrigger_audit_delete_bc2b6', table='access_user_groups', when='AFTER')),
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
