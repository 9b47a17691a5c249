import { hash, verify } from '@node-rs/argon2'
import { WeakPassword } from './refusals.ts'

const SHORTEST = 12 // characters
const LONGEST = 256 // characters; a longer one would only cost time
const FEWEST_DIFFERENT = 5 // characters

// The library's default algorithm is argon2id.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } // 19 MiB

/** Of the same cost, for logins that nobody has: they take as long to refuse as those that somebody has. */
const DECOY = '$argon2id$v=19$m=19456,t=2,p=1$NI7YzE73/TnkVpJDZYe89g$m62SYupZ4u50i0l5vX+G3KGR0H/M4fkIC55P3wzjFi4'

/**
 * The rules: long enough, not the same few characters again and again, not built on the login.
 *
 * @throws WeakPassword with the rule that is broken
 */
export function requireGoodPassword(password: string, login: string, field: string): void {
  const length = [...password].length
  const facts = { field: [field], rule: 'password' }
  if (length < SHORTEST) {
    throw new WeakPassword(
      `A password has at least ${SHORTEST} characters; this one has ${length}. A sentence is good.`,
      facts,
    )
  }
  if (length > LONGEST) throw new WeakPassword(`A password has at most ${LONGEST} characters.`, facts)
  if (new Set(password).size < FEWEST_DIFFERENT) {
    throw new WeakPassword(`A password has at least ${FEWEST_DIFFERENT} different characters.`, facts)
  }
  if (login.length > 3 && password.toLowerCase().includes(login.toLowerCase())) {
    throw new WeakPassword('A password does not contain the login.', facts)
  }
}

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), COST)
}

/** Takes equally long whether there is a hash or not. */
export async function isPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const right = await verify(stored ?? DECOY, password.slice(0, LONGEST * 4).normalize('NFKC'))
  return right && stored != null
}
