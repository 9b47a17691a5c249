import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'

/** A dense event number; a whole number below 2^53. */
export const Seq = new GraphQLScalarType<number, number>({
  name: 'Seq',
  description: 'A dense event number; a whole number below 2^53.',
  serialize: (value) => Number(value),
  parseValue: wholeNumber,
  parseLiteral: (node) => wholeNumber(node.kind === Kind.INT ? Number(node.value) : Number.NaN),
})

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new GraphQLError('Seq is a whole number from 0 to 2^53 - 1.')
}

/** A place in the event log: `<epoch>:<seq>`; opaque to clients, comparable only within one epoch. */
export const Position = new GraphQLScalarType<string, string>({
  name: 'Position',
  description: 'A place in the event log: epoch and seq. Opaque; comparable only within one epoch.',
  serialize: String,
  parseValue: position,
  parseLiteral: (node) => position(node.kind === Kind.STRING ? node.value : null),
})

function position(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{8}:\d{1,16}$/.test(value)) return value
  throw new GraphQLError('A Position comes from the answer of an earlier query, mutation or subscription.')
}

/** An instant. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'An instant, ISO 8601 with offset Z.',
  // Statements outside the unit of work answer text.
  serialize: (value) => GraphQLDateTimeISO.serialize(typeof value === 'string' ? new Date(value) : value),
})

/** A time to ask about: an instant, or a place in the event log. */
export type Moment = Date | string

/** An instant or a Position; which of them is told apart here, what it means in kernel/moment.ts. */
export const MomentScalar = new GraphQLScalarType<Moment, string>({
  name: 'Moment',
  description: 'A time to ask about: an instant (ISO 8601), or a Position, which is the time of that event.',
  serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
  parseValue: moment,
  parseLiteral: (node) => moment(node.kind === Kind.STRING ? node.value : null),
})

function moment(value: unknown): Moment {
  if (value instanceof Date) return GraphQLDateTimeISO.parseValue(value)
  if (typeof value !== 'string')
    throw new GraphQLError('A Moment is an instant such as 2026-01-31T12:00:00Z, or a Position.')
  return value.includes('T') ? GraphQLDateTimeISO.parseValue(value) : position(value)
}

/** Any JSON value; one scalar for the whole schema, so an input that must be an object is checked by its service. */
export const JsonValue = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'A JSON value; an object wherever an input asks for it.',
})

/** The same scalar where an object is meant. */
export const JsonObject = JsonValue
