import { isAbsolute } from 'node:path'
import { Refused } from '../integration.ts'
import type { ConfigField } from '../integration.ts'

export const configFields: ConfigField[] = [
  {
    name: 'folder',
    title: 'Folder',
    help: 'Absolute path of the folder that holds one folder per host.',
    required: true,
  },
]

export function checkConfig(config: Record<string, unknown>): string[] {
  const faults = Object.keys(config)
    .filter((name) => !configFields.some((field) => field.name === name))
    .map((name) => `There is no setting "${name}"; a product of the kind local has only "folder".`)
  const { folder } = config
  if (typeof folder !== 'string' || folder === '')
    faults.push('The setting "folder" must name the folder of the hosts.')
  else if (!isAbsolute(folder)) faults.push(`The folder "${folder}" must be an absolute path.`)
  return faults
}

/** The folder of the hosts, or a refusal that says what is wrong with the config. */
export function folderOf(config: Record<string, unknown>): string {
  const faults = checkConfig(config)
  if (faults.length > 0) throw new Refused(faults.join(' '))
  return config.folder as string
}
