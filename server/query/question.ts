import { parseArgs } from 'node:util'
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  print,
  type DocumentNode,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql'
import { CannotStart } from '../kernel/cannot-start.ts'

/** One operation with its variables, as a person gave it on the command line. */
export interface Question {
  document: string
  /** Null for the only one, which needs no name. */
  operationName: string | null
  variables: Record<string, unknown>
  isSubscription: boolean
  /** Whether a subscription can go on from an earlier place: it declares `$after`. */
  takesPlace: boolean
}

/** Where a document can come from beside the arguments. */
export interface Sources {
  /** @throws CannotStart when there is none */
  file(path: string): Promise<string>
  /** What is piped in; null at a terminal. */
  input(): Promise<string | null>
}

export const USAGE = `npm run query -- '{ viewer { account { name } } }' [--variables '{"id":"…"}'] [--var name=value] or --file FILE`

/**
 * Reads arguments: the document as the only one without a name, from `--file`, or piped in; the values of its variables
 * from `--variables` (a JSON object) and, winning over that, `--var name=value`.
 *
 * @throws CannotStart with what is wrong and what to write instead
 */
export async function readQuestion(args: string[], sources: Sources): Promise<Question> {
  const { values, positionals } = read(args)
  const document = await documentOf(values.file, positionals, sources)
  const operation = operationOf(parsed(document), values.operation)
  const variables = { ...objectOf(values.variables), ...eachOf(values.var ?? [], operation) }
  const declared = namesOf(operation)
  for (const name of Object.keys(variables)) requireDeclared(name, declared)
  return {
    document,
    operationName: values.operation ?? null,
    variables,
    isSubscription: operation.operation === OperationTypeNode.SUBSCRIPTION,
    takesPlace: declared.includes('after'),
  }
}

function read(args: string[]) {
  try {
    const text = { type: 'string' } as const
    return parseArgs({
      args,
      allowPositionals: true,
      options: { file: text, variables: text, var: { type: 'string', multiple: true }, operation: text },
    })
  } catch (error) {
    const [said] = (error as Error).message.split('. ')
    throw new CannotStart(`${said}. Write ${USAGE}.`, { cause: error })
  }
}

async function documentOf(file: string | undefined, positionals: string[], sources: Sources): Promise<string> {
  if (positionals.length > 1)
    throw new CannotStart(
      `there are ${positionals.length} documents. Put the whole of one into single quotes: ${USAGE}.`,
    )
  if (file !== undefined && positionals.length > 0)
    throw new CannotStart(`the document is given and --file ${file} too. Leave one of them out.`)
  const text = file !== undefined ? await sources.file(file) : (positionals[0] ?? (await sources.input()))
  if (!text?.trim()) throw new CannotStart(`say what to ask: ${USAGE}.`)
  return text
}

function parsed(document: string): DocumentNode {
  try {
    return parse(document)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { line, column } = error.locations?.[0] ?? { line: 1, column: 1 }
    throw new CannotStart(
      `the document is no GraphQL at line ${line}, column ${column}: ${error.message.replace(/\.?$/, '.')} schema.graphql holds the whole API.`,
      { cause: error },
    )
  }
}

function operationOf(document: DocumentNode, wanted: string | undefined): OperationDefinitionNode {
  const all = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const names = all.map(({ name }) => name?.value ?? 'one without a name').join(', ')
  if (all.length === 0) throw new CannotStart('the document holds no operation. Add a query, mutation or subscription.')
  if (wanted === undefined) {
    if (all.length === 1) return all[0]!
    throw new CannotStart(`the document holds ${all.length} operations: ${names}. Choose one with --operation NAME.`)
  }
  const found = all.find(({ name }) => name?.value === wanted)
  if (found) return found
  throw new CannotStart(`the document holds no operation ${wanted}. It holds: ${names}.`)
}

const namesOf = ({ variableDefinitions }: OperationDefinitionNode) =>
  (variableDefinitions ?? []).map(({ variable }) => variable.name.value)

function requireDeclared(name: string, declared: string[]): void {
  if (declared.includes(name)) return
  const known = declared.length ? `It declares ${declared.map((each) => `$${each}`).join(', ')}.` : 'It declares none.'
  throw new CannotStart(`the operation declares no variable $${name}. ${known}`)
}

function objectOf(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  const value = json(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CannotStart(`--variables is no JSON object. Write it in single quotes: --variables '{"id":"…"}'.`)
}

function eachOf(pairs: string[], operation: OperationDefinitionNode): Record<string, unknown> {
  const entries = pairs.map((pair) => {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined || text === undefined)
      throw new CannotStart(`--var ${pair} has no value. Write --var name=value.`)
    requireDeclared(name, namesOf(operation))
    const { type } = operation.variableDefinitions!.find(({ variable }) => variable.name.value === name)!
    return [name, valueOf(name, text, type)] as const
  })
  return Object.fromEntries(entries)
}

/** Text is text where the document says String or ID; numbers, lists and objects are read as JSON. */
function valueOf(name: string, text: string, type: TypeNode): unknown {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type
  const named = inner.kind === Kind.NAMED_TYPE ? inner.name.value : null
  if (named === 'String' || named === 'ID') return text
  const isJson = named === null || ['Int', 'Float', 'Boolean', 'Seq'].includes(named) || /^\s*[[{]|^null$/.test(text)
  // An instant, a place in the log, a state: JSON would want quotes around them.
  if (!isJson) return text
  const value = json(text)
  if (value !== undefined) return value
  throw new CannotStart(`--var ${name}=${text} is no JSON, and the operation wants $${name}: ${print(type)}.`)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
