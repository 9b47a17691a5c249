import type { ConfigField } from '../adapter.ts'

export const configFields: ConfigField[] = [
  {
    name: 'path',
    title: 'Path',
    help: 'Absolute path of a file, or of a folder with .yaml, .yml and .json files.',
    required: true,
  },
  { name: 'cluster', title: 'Cluster', help: 'What the cluster is called.', required: true },
  { name: 'namespace', title: 'Namespace', help: 'Of objects that name none. Default: default.', required: false },
]

export function checkConfig(config: Record<string, unknown>): string[] {
  const faults = Object.keys(config)
    .filter((name) => !configFields.some((field) => field.name === name))
    .map((name) => `There is no setting "${name}" of Kubernetes.`)
  const { path, cluster, namespace } = config
  if (typeof path !== 'string' || !path.startsWith('/')) faults.push('The setting "path" must be an absolute path.')
  if (typeof cluster !== 'string' || cluster.trim() === '') faults.push('The setting "cluster" must name the cluster.')
  if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(String(namespace))) {
    faults.push('The setting "namespace" must be the name of a namespace, e.g. default.')
  }
  return faults
}
