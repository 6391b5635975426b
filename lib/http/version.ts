/**
 * What `GET /` answers: the version of Elasticsearch whose API this service speaks, in the shape that clients check.
 *
 * @see Elasticsearch specification, `_global/info`
 */
export const version = {
  name: 'inlet',
  cluster_name: 'inlet',
  cluster_uuid: 'inlet-inference',
  version: {
    number: '9.2.0',
    build_flavor: 'serverless',
    build_type: 'docker',
    build_hash: '0000000000000000000000000000000000000000',
    build_date: '2026-08-01T00:00:00.000Z',
    build_snapshot: false,
    lucene_version: '10.3.0',
    minimum_wire_compatibility_version: '8.19.0',
    minimum_index_compatibility_version: '8.0.0',
  },
  tagline: 'You Know, for Search',
} as const;
