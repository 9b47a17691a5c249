import { isAbsolute } from 'node:path'
import type { ConfigField } from '../adapter.ts'
import { mappingFaults } from './mapping.ts'

export const configFields: ConfigField[] = [
  {
    name: 'path',
    title: 'File or folder',
    help: 'Absolute path of a .csv, .tsv or .json file, or of a folder of them. Without one, files are handed in.',
    required: false,
  },
  {
    name: 'watch',
    title: 'Watch it',
    help: 'yes: a new or changed file starts a discovery run within seconds. no: only people and schedules start one.',
    required: false,
  },
  {
    name: 'delimiter',
    title: 'Delimiter',
    help: 'What separates cells: comma, semicolon, tab or pipe. Without it, the first line tells.',
    required: false,
  },
  {
    name: 'mapping',
    title: 'Mapping',
    help: 'Which column is the name, the key, which attribute and which relationship of what class.',
    required: false,
    editor: 'mapping',
  },
]

export const DELIMITERS: Record<string, string> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' }

export const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

export function checkConfig({ path, watch, delimiter, mapping, ...rest }: Record<string, unknown>): string[] {
  const faults = Object.keys(rest).map((name) => `There is no setting "${name}" of a table.`)
  if (isGiven(path) && (typeof path !== 'string' || !isAbsolute(path))) {
    faults.push('File or folder must be an absolute path, such as /var/lib/waybill/tables.')
  }
  if (isGiven(watch) && watch !== 'yes' && watch !== 'no') faults.push('Watch it must be yes or no.')
  if (watch === 'yes' && !isGiven(path)) faults.push('Watch it needs a file or folder.')
  if (isGiven(delimiter) && !Object.hasOwn(DELIMITERS, String(delimiter))) {
    faults.push(`Delimiter must be ${Object.keys(DELIMITERS).join(', ')} or left out.`)
  }
  return isGiven(mapping) ? [...faults, ...mappingFaults(mapping)] : faults
}
