import type { ConfigField } from '../adapter.ts'

export const configFields: ConfigField[] = [
  {
    name: 'path',
    title: 'Export',
    help: 'Absolute path of a JSON export, as NetBox’s dumpdata writes it.',
    required: true,
  },
]

export function checkConfig(config: Record<string, unknown>): string[] {
  const faults = Object.keys(config)
    .filter((name) => name !== 'path')
    .map((name) => `There is no setting "${name}" of NetBox.`)
  if (typeof config.path !== 'string' || !config.path.startsWith('/')) {
    faults.push('The setting "path" must be an absolute path.')
  }
  return faults
}
