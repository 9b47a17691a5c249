import type { ConfigField } from '../adapter.ts'

export const configFields: ConfigField[] = [
  {
    name: 'inventory',
    title: 'Inventory',
    help: 'Absolute path of the inventory: YAML, INI, or JSON as ansible-inventory --list writes it.',
    required: true,
  },
  {
    name: 'facts',
    title: 'Fact cache',
    help: 'Absolute path of the folder of a jsonfile fact cache: one file for each host.',
    required: false,
  },
]

export function checkConfig(config: Record<string, unknown>): string[] {
  const faults = Object.keys(config)
    .filter((name) => !configFields.some((field) => field.name === name))
    .map((name) => `There is no setting "${name}" of Ansible.`)
  const { inventory, facts } = config
  if (typeof inventory !== 'string' || !inventory.startsWith('/')) {
    faults.push('The setting "inventory" must be an absolute path.')
  }
  if (facts !== undefined && (typeof facts !== 'string' || !facts.startsWith('/'))) {
    faults.push('The setting "facts" must be an absolute path.')
  }
  return faults
}
