import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'

/** The same words for a wrong password, an unknown login and a disabled account: nothing can be probed. */
export class WrongCredentials extends Refusal {
  static override code: ErrorCode = 'WRONG_CREDENTIALS'
  constructor(field: string) {
    super('Login and password do not belong together.', { field: [field] })
  }
}

export class TooManyTries extends Refusal {
  static override code: ErrorCode = 'TOO_MANY_TRIES'
  constructor(seconds: number) {
    super(`Too many attempts failed. Try again in ${seconds} s.`, { rule: 'sign-in limit', evidence: { seconds } })
  }
}

export class LinkNotValid extends Refusal {
  static override code: ErrorCode = 'LINK_NOT_VALID'
  constructor(what: string, instead: string) {
    super(`This ${what} link does not work: it is unknown, was used already, or is too old. ${instead}`, {
      field: ['token'],
    })
  }
}

export class WeakPassword extends Refusal {
  static override code: ErrorCode = 'WEAK_PASSWORD'
}

export class LoginTaken extends Refusal {
  static override code: ErrorCode = 'LOGIN_TAKEN'
  constructor(login: string) {
    super(`There is an account with the login "${login}" already. Take another login.`, { field: ['login'] })
  }
}

export class LastAdmin extends Refusal {
  static override code: ErrorCode = 'LAST_ADMIN'
  constructor(name: string) {
    super(
      `${name} is the last administrator of the whole estate. Make somebody else one first, or nobody could manage it.`,
      { rule: 'last administrator' },
    )
  }
}

/** Nobody gives away or takes back rights that they do not hold themselves. */
export class NotYoursToGrant extends Refusal {
  static override code: ErrorCode = 'NOT_YOURS_TO_GRANT'
}

export class ViewNameTaken extends Refusal {
  static override code: ErrorCode = 'VIEW_NAME_TAKEN'
  constructor(name: string, page: string, itemId: string) {
    super(`You have a view "${name}" of ${page} already. Take another name, or replace what that one shows.`, {
      field: ['name'],
      rule: 'one name per page',
      itemId,
    })
  }
}
