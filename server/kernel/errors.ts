import type { ErrorCode } from './error-codes.ts'

/** What a refusal may carry beside its sentence, so that a program can act on it too. */
export interface RefusalFacts {
  /** Path of the input field at fault, for the form. */
  field?: string[]
  /** Global id of the item at fault. */
  itemId?: string
  /** The rule that refuses. */
  rule?: string
  /** What was seen, JSON. Never a secret. */
  evidence?: Record<string, unknown>
}

/**
 * An expected "no" with its reason: becomes an entry of the payload's `userErrors`, never a top-level error.
 * One subclass per kind of refusal, in the feature that refuses; `code` becomes a member of the enum ErrorCode.
 */
export class Refusal extends Error {
  static code: ErrorCode = 'REFUSED'
  constructor(
    message: string,
    readonly facts: RefusalFacts = {},
  ) {
    super(message)
    this.name = new.target.name
  }

  get code(): ErrorCode {
    return (this.constructor as typeof Refusal).code
  }
}

/** The input has the right type but not a usable value. */
export class BadInput extends Refusal {
  static override code: ErrorCode = 'BAD_INPUT'
}

/** No such thing, or not one the caller may see: the answer is the same, so that nothing can be probed. */
export class NotFound extends Refusal {
  static override code: ErrorCode = 'NOT_FOUND'
  constructor(what: string, id: string, field: string[] = ['id']) {
    super(`There is no ${what} ${id} that you can see.`, { field, evidence: { id } })
  }
}

/** The caller is known but may not do this here. */
export class Forbidden extends Refusal {
  static override code: ErrorCode = 'FORBIDDEN'
}

/** Somebody changed the thing since the caller read it. */
export class VersionConflict extends Refusal {
  static override code: ErrorCode = 'VERSION_CONFLICT'
  constructor(name: string, expected: number, actual: number) {
    super(
      `${name} was changed in the meantime (you saw version ${expected}, it is ${actual} now). Look again, then decide.`,
      {
        field: ['expectedVersion'],
        evidence: { expected, actual },
      },
    )
  }
}

/** What a refusal says, without being one: of several in one answer each is about its own thing. */
export type Said = Pick<Refusal, 'code' | 'message' | 'facts'>

/** Several refusals of one call that does all or nothing; each becomes an entry of `userErrors`. */
export class Refusals extends Refusal {
  constructor(readonly all: readonly [Said, ...Said[]]) {
    const [first, ...more] = all
    super(more.length === 0 ? first.message : `${first.message} And ${more.length} more of the kind.`)
  }

  override get code(): ErrorCode {
    return this.all[0].code
  }
}
