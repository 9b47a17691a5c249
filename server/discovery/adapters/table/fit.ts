/** Whether a mapping fits a table and this installation. Nothing is read with one that does not. */
import type { Problem, Vocabulary } from '../adapter.ts'
import { namedColumns, type Mapping } from './mapping.ts'

/** A column that is not there: the line of the header, and which there are. */
export function columnFaults(mapping: Mapping, columns: readonly string[], source: string): Problem[] {
  return [...namedColumns(mapping)].flatMap(({ column, what }) => {
    if (columns.includes(column)) return []
    const like = columns.find((one) => plain(one) === plain(column))
    const hint = like === undefined ? '' : ` Is "${like}" meant?`
    const message = `There is no column "${column}" for the ${what}.${hint} The columns are ${listOf(columns)}.`
    return [fault(message, { source, line: 1, element: `column "${column}"` })]
  })
}

/** A class, attribute or relationship type that this installation does not have. */
export function wordFaults(mapping: Mapping, vocabulary: Vocabulary): Problem[] {
  const { classes, relationshipTypes } = vocabulary
  const named = typeof mapping.class === 'string' ? [mapping.class] : Object.values(mapping.class.values ?? {})
  const strange = new Set(
    [...named, ...mapping.relationships.map((one) => one.class)].filter((one) => !classes.includes(one)),
  )
  const found = [...strange].map((one) =>
    fault(`There is no class ${one}. The classes are ${listOf(classes)}.`, { element: `class ${one}` }),
  )
  const known = named.flatMap((one) => vocabulary.attributesOf(one) ?? [])
  if (strange.size === 0 && named.length > 0) {
    const wrong = Object.keys(mapping.attributes).filter((one) => !known.includes(one))
    for (const one of wrong) {
      const message = `${named.join(' and ')} has no attribute ${one}. The attributes are ${listOf([...new Set(known)])}.`
      found.push(fault(message, { element: `attribute ${one}` }))
    }
  }
  for (const type of new Set(mapping.relationships.map((one) => one.type))) {
    if (relationshipTypes.includes(type)) continue
    const message = `There is no relationship type ${type}. The types are ${listOf(relationshipTypes)}.`
    found.push(fault(message, { element: `relationship ${type}` }))
  }
  return found
}

const fault = (message: string, where: Problem['where'] & object): Problem => ({
  kind: 'problem',
  severity: 'error',
  rule: 'mapping',
  message,
  where,
})

const MOST = 40

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST).join(', ')
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown || 'none'
}

const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
