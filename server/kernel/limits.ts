/**
 * How much one document may ask for. Depth, fields, aliases and directives are counted in the document with all fragments
 * put in place; no name, not even `__schema`, is left out of the count. Cost needs the variables and comes after.
 * A refusal names the limit, its value and what was measured.
 */
import {
  GraphQLError,
  isListType,
  getNullableType,
  Kind,
  Lexer,
  parse,
  Source,
  TokenKind,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql'
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity'
import { MAX_PAGE } from './connection.ts'

export interface Limits {
  /** Bytes of a request. */
  body: number
  /** Words and signs of a document. */
  tokens: number
  /** Fields below each other. */
  depth: number
  /** Fields altogether, each fragment counted as often as it is used. */
  fields: number
  aliases: number
  directives: number
  /** Fields of the operation itself. */
  rootFields: number
  /** Values that the answer may hold, lists taken at the length asked for. */
  cost: number
  /** Milliseconds for one request. */
  time: number
}

export const limits: Limits = {
  body: 1_048_576, // 1 MB
  tokens: 5_000,
  depth: 20,
  fields: 2_000,
  aliases: 200,
  directives: 100,
  rootFields: 30,
  cost: 250_000,
  time: 20_000, // 20 s
}

/** Of lists without an argument for their length. */
const USUAL_LIST = 10

export function tooMuch(limit: string, what: string, max: number, measured: number | string): GraphQLError {
  return new GraphQLError(`${what}: ${measured}. At most ${max} are allowed. Ask for less, or in several requests.`, {
    extensions: { code: 'LIMIT_EXCEEDED', limit, max, measured, http: { status: 400 } },
  })
}

/** Before the parser has to work: counts the tokens, no further than needed. */
export function tokenError(query: string, { tokens: max }: Limits = limits): GraphQLError | null {
  const lexer = new Lexer(new Source(query))
  try {
    for (let count = 0; lexer.advance().kind !== TokenKind.EOF;) {
      if (++count > max) return tooMuch('tokens', 'The document has too many words and signs', max, `more than ${max}`)
    }
  } catch {
    // The parser says better what is wrong with it.
  }
  return null
}

interface Size {
  depth: number
  fields: number
  aliases: number
  directives: number
}

const COUNTED: [keyof Size, string][] = [
  ['depth', 'The document goes too deep, in fields below each other'],
  ['fields', 'The document asks for too many fields, with fragments in place'],
  ['aliases', 'The document has too many aliases'],
  ['directives', 'The document has too many directives'],
]

/**
 * The limits on the document itself, before any rule has to work on it: GraphQL's own rules give up on some documents
 * without saying why. Null also when it cannot be read; the parser says that better.
 */
export function documentError(query: string, max: Limits = limits): GraphQLError | null {
  const long = tokenError(query, max)
  if (long) return long
  try {
    return sizeErrors(parse(query, { noLocation: true }), max)[0] ?? null
  } catch {
    return null
  }
}

/** The same as a validation rule, for sockets. */
export function limitRules(max: Limits = limits): ValidationRule[] {
  return [
    (context) => ({ Document: (document) => sizeErrors(document, max).forEach((error) => context.reportError(error)) }),
  ]
}

function sizeErrors(document: DocumentNode, max: Limits): GraphQLError[] {
  return sizesOf(document).flatMap(({ size, rootFields }) => [
    ...COUNTED.filter(([limit]) => size[limit] > max[limit]).map(([limit, what]) =>
      tooMuch(limit, what, max[limit], size[limit]),
    ),
    ...(rootFields > max.rootFields
      ? [tooMuch('rootFields', 'The operation has too many fields at its root', max.rootFields, rootFields)]
      : []),
  ])
}

/** Size of each operation. A fragment is measured once, however often it is used; a cycle is another rule's to report. */
function sizesOf(document: DocumentNode): { size: Size; rootFields: number }[] {
  const fragments = new Map(
    document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  )
  const measured = new Map<string, Size>()

  function ofSelections({ selections }: SelectionSetNode): Size {
    const sum: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 }
    for (const selection of selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.selectionSet
            ? ofSelections(selection.selectionSet)
            : NOTHING
      const isField = selection.kind === Kind.FIELD
      sum.depth = Math.max(sum.depth, inner.depth + (isField ? 1 : 0))
      sum.fields += inner.fields + (isField ? 1 : 0)
      sum.aliases += inner.aliases + (isField && selection.alias ? 1 : 0)
      sum.directives += inner.directives + (selection.directives?.length ?? 0)
    }
    return sum
  }

  function ofFragment(name: string): Size {
    const known = measured.get(name)
    if (known) return known
    measured.set(name, NOTHING)
    const fragment = fragments.get(name)
    const size = fragment ? ofSelections(fragment.selectionSet) : NOTHING
    measured.set(name, size)
    return size
  }

  return document.definitions.flatMap((each) => {
    if (each.kind !== Kind.OPERATION_DEFINITION) return []
    const size = ofSelections(each.selectionSet)
    const rootFields = each.selectionSet.selections.filter(({ kind }) => kind === Kind.FIELD).length
    return [{ size: { ...size, directives: size.directives + (each.directives?.length ?? 0) }, rootFields }]
  })
}

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 }

export interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null
  variables?: Record<string, unknown> | null
}

/** What a valid operation may cost at most: the number of values in the largest answer that it allows. */
export function costOf({ schema, document, operationName, variables }: Operation, most: Limits = limits): number {
  return getComplexity({
    schema,
    query: document,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
    estimators: [estimate],
    maxQueryNodes: most.fields * 5,
  })
}

export function costError(operation: Operation, most: Limits = limits): GraphQLError | null {
  try {
    const cost = costOf(operation, most)
    if (cost <= most.cost) return null
    return tooMuch('cost', 'The answer could hold too many values', most.cost, cost)
  } catch (error) {
    // Variables that do not fit are reported by the execution, in better words.
    return error instanceof GraphQLError && /nodes/i.test(error.message) ? error : null
  }
}

/** The length of a connection's `nodes` is that of the connection, which is counted one level higher. */
const LENGTH_KNOWN = /Connection$|^Impact$|^Neighbourhood$|^OutsideDependants$|^LogPage$/

const estimate: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  const asked = args.first ?? args.last
  if (typeof asked === 'number') return 1 + Math.min(Math.max(asked, 1), MAX_PAGE) * childComplexity
  if (Array.isArray(args.ids)) return 1 + args.ids.length * childComplexity
  const isList = isListType(getNullableType(field.type))
  return 1 + (isList && !LENGTH_KNOWN.test(type.name) ? USUAL_LIST : 1) * childComplexity
}
