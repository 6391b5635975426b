// The names that Elasticsearch knows, so that its role descriptors are accepted as they are. All but those of inference and of API
// keys guard things that do not exist here: they are stored and answered, and grant nothing.

/** What `manage` leaves out: whatever decides who may do what. */
const ofSecurity = [
  'delegate_pki',
  'grant_api_key',
  'manage_api_key',
  'manage_oidc',
  'manage_own_api_key',
  'manage_saml',
  'manage_security',
  'manage_service_account',
  'manage_token',
  'manage_user_profile',
  'read_security',
] as const;

/** What `monitor` contains. */
const ofMonitoring = [
  'monitor_connector',
  'monitor_data_frame_transforms',
  'monitor_data_stream_global_retention',
  'monitor_enrich',
  'monitor_esql',
  'monitor_inference',
  'monitor_ml',
  'monitor_reindex',
  'monitor_rollup',
  'monitor_stats',
  'monitor_text_structure',
  'monitor_transform',
  'monitor_watcher',
  'transport_client',
] as const;

const ofManagement = [
  'cancel_task',
  'create_snapshot',
  'cross_cluster_replication',
  'cross_cluster_search',
  'manage_autoscaling',
  'manage_behavioral_analytics',
  'manage_ccr',
  'manage_connector',
  'manage_data_frame_transforms',
  'manage_data_stream_global_retention',
  'manage_enrich',
  'manage_esql',
  'manage_ilm',
  'manage_index_templates',
  'manage_inference',
  'manage_ingest_pipelines',
  'manage_logstash_pipelines',
  'manage_ml',
  'manage_pipeline',
  'manage_project_routing',
  'manage_reindex',
  'manage_rollup',
  'manage_search_application',
  'manage_search_query_rules',
  'manage_search_synonyms',
  'manage_slm',
  'manage_transform',
  'manage_watcher',
  'monitor',
  'monitor_snapshot',
  'none',
  'post_behavioral_analytics_event',
  'read_ccr',
  'read_connector_secrets',
  'read_fleet_secrets',
  'read_ilm',
  'read_pipeline',
  'read_project_routing',
  'read_slm',
  'write_connector_secrets',
  'write_fleet_secrets',
] as const;

const everyName = ['all', 'manage', ...ofSecurity, ...ofMonitoring, ...ofManagement] as const;

/** A cluster privilege, as role descriptors name it. */
export type ClusterPrivilege = (typeof everyName)[number];

/** What each of these contains besides itself; the others stand alone but for `monitor_x` and `read_x` in `manage_x`. */
const contained: Readonly<Partial<Record<ClusterPrivilege, readonly ClusterPrivilege[]>>> = {
  all: everyName,
  manage: [...ofMonitoring, ...ofManagement],
  monitor: ofMonitoring,
  manage_security: ofSecurity.filter((name) => name !== 'delegate_pki'),
  manage_api_key: ['grant_api_key', 'manage_own_api_key'],
};

const weakerForms = (name: ClusterPrivilege): readonly ClusterPrivilege[] =>
  name.startsWith('manage_')
    ? everyName.filter((other) => ['monitor_', 'read_'].some((verb) => other === name.replace('manage_', verb)))
    : [];

/**
 * Each privilege with everything that it grants, itself included. The sets are closed: what a member grants is a member too. So
 * two sets of rights intersect as sets.
 */
export const granted: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  everyName.map((name) => [name, new Set([name, ...weakerForms(name), ...(contained[name] ?? [])])]),
);

/** From narrow to wide, by the number of privileges that each grants, then by name: Elasticsearch's order in messages. */
export const clusterPrivileges: readonly ClusterPrivilege[] = [...everyName].sort(
  (a, b) => (granted.get(a)?.size ?? 0) - (granted.get(b)?.size ?? 0) || (a < b ? -1 : 1),
);
