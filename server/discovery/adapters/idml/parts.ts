/** What a book is made of, in the order of the file. */
export type BookPart = SourcePart | OperationPart | ElementPart | RelationPart | EndPart

export interface SourcePart {
  kind: 'source'
  line: number
  /** The management software system that the book comes from. */
  mss: ElementPart
}

export type OperationName = 'create' | 'modify' | 'delete'

export interface OperationPart {
  kind: 'operation'
  line: number
  operation: OperationName
  /** Inside a refresh: all that the source has, instead of what it told before. */
  refresh: boolean
  /** As written; of the refresh if the operation itself has none. */
  timestamp: string | undefined
}

export interface ElementPart {
  kind: 'element'
  line: number
  /** Such as 'sys.ComputerSystem'. */
  cdmClass: string
  id: string | undefined
  sourceToken: string | undefined
  /** Id of the element that this one is part of. */
  superior: string | undefined
  /** Other XML attributes, such as contact information. */
  notes: Map<string, string>
  attributes: Map<string, string[]>
  /** `extattr` by name. */
  extended: Map<string, string[]>
}

export interface RelationPart {
  kind: 'relation'
  line: number
  type: string
  source: string
  target: string
}

export interface EndPart {
  kind: 'end'
  line: number
}

/** For reports: the element as it stands in the book. */
export const shown = (part: ElementPart | RelationPart): string =>
  part.kind === 'element'
    ? `cdm:${part.cdmClass}${part.id === undefined ? '' : ` id="${part.id}"`}`
    : `cdm:${part.type} source="${part.source}" target="${part.target}"`
