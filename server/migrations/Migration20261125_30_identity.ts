import { Migration } from '@mikro-orm/migrations'

/** How discovery reads, recognises and chooses: scopes and problems of runs, rules as data, marks, merges and work items. */
export class Migration20261125_30_identity extends Migration {
  override up(): void {
    for (const statement of [...runs, ...observations, ...rules, ...workItems]) this.addSql(statement)
  }
}

const reference = (table: string) => `references ${table} (uuid) deferrable initially deferred`

const runs = [
  `create table discovery_upload (
    uuid uuid primary key,
    product_id uuid not null ${reference('management_product')},
    name text not null,
    digest text not null,
    size bigint not null,
    uploaded_by uuid,
    created_at timestamptz not null default now())`,
  `alter table discovery_run
    add column upload_id uuid ${reference('discovery_upload')},
    add column retired integer not null default 0,
    add column relationships integer not null default 0,
    add column warnings integer not null default 0,
    add column errors integer not null default 0,
    add column questions integer not null default 0`,
  `create table discovery_scope (
    uuid uuid primary key default gen_random_uuid(),
    run_id uuid not null ${reference('discovery_run')},
    ordinal integer not null,
    name text not null,
    state text not null check (state in ('RUNNING', 'FINISHED', 'STOPPED')),
    complete boolean not null default false,
    seen integer not null default 0,
    problems integer not null default 0,
    problem text,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (run_id, name))`,
  `create table discovery_problem (
    uuid uuid primary key default gen_random_uuid(),
    run_id uuid not null ${reference('discovery_run')},
    scope text not null default '',
    ordinal bigint generated always as identity,
    severity text not null check (severity in ('error', 'warning')),
    rule text not null,
    message text not null,
    source text,
    line integer,
    element text)`,
  `create index discovery_problem_by_run on discovery_problem (run_id, severity, ordinal)`,
  `create table discovery_policy (
    product_id uuid primary key ${reference('management_product')},
    every_minutes integer check (every_minutes between 5 and 525600),
    next_at timestamptz,
    retire_after_refreshes integer check (retire_after_refreshes between 1 and 1000),
    retire_after_days integer check (retire_after_days between 1 and 3650),
    version integer not null default 1)`,
  `create index discovery_policy_due on discovery_policy (next_at) where next_at is not null`,
  `alter table discovery_change drop constraint discovery_change_kind_check`,
  `alter table discovery_change add check (kind in ('CREATED', 'CHANGED', 'MISSING', 'RETURNED', 'RETIRED'))`,
  /** What was read and is not yet taken over: one set of tables for each run, made and dropped with it. */
  `create schema if not exists staging`,
  `create aggregate jsonb_overlay (jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}')`,
]

const observations = [
  `alter table actual_item drop constraint actual_item_identity_key, drop constraint actual_item_state_check,
    add check (state in ('PRESENT', 'MISSING', 'RETIRED', 'MERGED')), add column merged_into uuid ${reference('actual_item')}`,
  `create index actual_item_native on actual_item (product_id, native_key)`,
  `alter table observation
    add column name text,
    add column identifiers jsonb not null default '[]',
    add column scope text not null default '',
    add column missed integer not null default 0,
    add column missing_since timestamptz`,
  `update observation o set name = a.name,
     identifiers = case when a.identity like 'machine-id:%'
       then jsonb_build_array(jsonb_build_object('kind', 'machine-id', 'value', substr(a.identity, 12))) else '[]' end
   from actual_item a where a.uuid = o.actual_item_id`,
  `drop index observation_current`,
  `create unique index observation_confirmation on observation (actual_item_id, source) where current and native_key is null`,
  `create index observation_of_item on observation (actual_item_id) where current`,
  `create table actual_mark (
    observation_id uuid not null,
    item_id uuid not null ${reference('actual_item')},
    entry text not null,
    host_id uuid not null default '00000000-0000-0000-0000-000000000000',
    value text not null,
    strong boolean not null)`,
  `create index actual_mark_by_value on actual_mark (entry, value, host_id)`,
  `create index actual_mark_of_item on actual_mark (item_id, entry)`,
  `create index actual_mark_of_observation on actual_mark (observation_id)`,
  `insert into actual_mark (observation_id, item_id, entry, value, strong)
   select o.uuid, a.uuid, 'ComputerSystem/machine-id', lower(substr(a.identity, 12)), true
   from observation o join actual_item a on a.uuid = o.actual_item_id where o.current and a.identity like 'machine-id:%'`,
  `insert into actual_mark (observation_id, item_id, entry, value, strong)
   select o.uuid, a.uuid, 'Site/name', lower(a.name), true
   from observation o join actual_item a on a.uuid = o.actual_item_id where o.current and a.class_name = 'Site'`,
]

const identifiers = (list: object[]) => `'${JSON.stringify(list).replaceAll("'", "''")}'`
const strong = (name: string, ...by: string[]) => ({ name, by, strength: 'STRONG' })
const weak = (name: string, ...by: string[]) => ({ name, by, strength: 'WEAK' })
const host = (types: string[], classNames: string[]) => `'${JSON.stringify({ types, classNames })}'`
const software = host(['runsOn', 'installedOn'], ['ComputerSystem', 'OperatingSystem'])

const classRules: [className: string, identifiers: object[], host: string, values?: object[]][] = [
  [
    'ComputerSystem',
    [
      { ...strong('machine-id', 'machineId'), decisive: true },
      strong('serial', 'serialNumber'),
      strong('system-uuid', 'systemBoardUuid'),
      strong('vm-id', 'vmId'),
      strong('host-key', 'sshHostKeyFingerprint'),
      { ...strong('mac-set'), lookup: { className: 'NetworkInterface', attribute: 'macAddress' }, minOverlap: 1 },
      weak('fqdn', 'fqdn'),
      weak('name', 'name'),
    ],
    'null',
    [],
  ],
  ['OperatingSystem', [strong('one-per-host')], host([], ['ComputerSystem'])],
  ['SoftwareInstallation', [strong('package', 'package', 'arch?')], software],
  ['NetworkInterface', [strong('mac', 'macAddress'), strong('name', 'name')], host([], ['ComputerSystem'])],
  ['Application', [weak('name', 'name')], 'null'],
  ['Site', [strong('name', 'name')], 'null'],
  ['Region', [strong('name', 'name')], 'null'],
  ['Organization', [strong('name', 'name')], 'null'],
  ['SoftwareServer', [strong('name', 'name')], host([], ['ComputerSystem', 'OperatingSystem'])],
  ['Database', [strong('name', 'name')], host([], ['DatabaseServer'])],
  ['KubernetesCluster', [strong('cluster-uid', 'clusterUid'), weak('name', 'name')], 'null'],
  ['KubernetesObject', [strong('uid', 'uid')], 'null'],
  ['Container', [strong('container-id', 'containerId')], 'null'],
  ['ContainerImage', [strong('digest', 'digest'), strong('reference', 'reference')], 'null'],
  ['Certificate', [strong('fingerprint', 'fingerprint')], 'null'],
  ['Fqdn', [strong('name', 'name')], 'null'],
  ['Environment', [strong('name', 'name')], 'null'],
  ['BusinessService', [strong('name', 'name')], 'null'],
]

const junk: [kind: string, ...patterns: string[]][] = [
  ['*', 'NA', 'N/A', 'UNKNOWN', 'None', 'null', 'nil', 'NOT_AVAILABLE', 'NO_DNS_ENTRY', 'To Be Filled By O.E.M.'],
  ['*', 'To be filled by O.E.M', 'Default string', 'System Serial Number', 'Chassis Serial Number', 'INVALID', 'EMPTY'],
  ['*', 'Not Specified', 'Not Applicable', 'Not Available', '123456789', '0123456789', 'undefined', 'unset', '-', '?'],
  ['systemBoardUuid', '03000200-0400-0500-0006-000700080009', '00020003-0004-0005-0006-000700080009'],
  ['machineId', 'uninitialized'],
  [
    'macAddress',
    '02:42:*',
    'ff:ff:ff:ff:ff:ff',
    '52:54:00:12:34:56',
    '0a:00:27:*',
    '00:50:56:c0:*',
    '01:00:5e:*',
    '33:33:*',
  ],
  ['mac', '02:42:*', 'ff:ff:ff:ff:ff:ff', '52:54:00:12:34:56', '0a:00:27:*', '00:50:56:c0:*', '01:00:5e:*', '33:33:*'],
  ['address', '127.*', '::1', '169.254.*', 'fe80:*', '172.17.*', '0.0.0.0'],
  ['fqdn', 'localhost', 'localhost.*', 'localhost6*', '*.invalid'],
  ['name', 'localhost', 'localhost.*', '(none)'],
]

const rules = [
  `create table identity_rule (
    class_name text primary key,
    identifiers jsonb not null default '[]',
    host jsonb,
    "values" jsonb not null default '[]',
    version integer not null default 1,
    updated_at timestamptz not null default now())`,
  `create table junk_value (kind text not null, pattern text not null, primary key (kind, pattern))`,
  `create sequence identity_revision`,
  ...classRules.map(
    ([className, list, within, values = []]) =>
      `insert into identity_rule (class_name, identifiers, host, "values") values ('${className}', ${identifiers(list)}, ${within}, ${identifiers(values)})`,
  ),
  `insert into identity_rule (class_name, "values") values ('*',
    '[{"attribute": "*", "sources": ["ssh", "local", "ansible", "kubernetes", "taddm", "idml", "netbox", "csv"]}]')`,
  `insert into junk_value (kind, pattern) values ${junk
    .flatMap(([kind, ...patterns]) => patterns.map((pattern) => `('${kind}', '${pattern}')`))
    .join(', ')} on conflict do nothing`,
]

const workItems = [
  `create sequence identity_question_number`,
  `create table identity_question (
    uuid uuid primary key,
    number text not null unique,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    scope_ids uuid[] not null default '{}',
    kind text not null check (kind in ('AMBIGUOUS', 'CONFLICT', 'PROPOSED', 'RECLASSIFY')),
    state text not null check (state in ('OPEN', 'MERGED', 'KEPT_APART', 'RECLASSIFIED', 'DISMISSED')),
    run_id uuid ${reference('discovery_run')},
    product_id uuid ${reference('management_product')},
    item_id uuid not null ${reference('actual_item')},
    candidates uuid[] not null,
    rule text not null,
    evidence jsonb not null,
    wanted_class text,
    comment text,
    decided_by uuid,
    decided_at timestamptz)`,
  `create unique index identity_question_once on identity_question (kind, item_id, candidates, (coalesce(wanted_class, '')))`,
  `create index identity_question_by_state on identity_question (state, created_at, uuid)`,
  `create index identity_question_by_item on identity_question (item_id)`,
  `create table identity_apart (
    a uuid not null ${reference('actual_item')},
    b uuid not null ${reference('actual_item')},
    question_id uuid,
    decided_by uuid,
    decided_at timestamptz not null default now(),
    primary key (a, b),
    check (a < b))`,
  `create table identity_merge (
    uuid uuid primary key,
    created_at timestamptz not null default now(),
    survivor_id uuid not null ${reference('actual_item')},
    absorbed_id uuid not null ${reference('actual_item')},
    question_id uuid ${reference('identity_question')},
    before jsonb not null,
    reason text,
    merged_by uuid,
    undone_at timestamptz,
    undone_by uuid)`,
  `create index identity_merge_of_survivor on identity_merge (survivor_id)`,
  `create unique index identity_merge_of_absorbed on identity_merge (absorbed_id) where undone_at is null`,
]
