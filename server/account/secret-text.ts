import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** API tokens, session cookies, one-time links. */
export type SecretKind = 'api' | 'ses' | 'lnk'

export interface MintedSecret {
  /** `wb_<kind>_<id>_<secret+crc>`: shown once. The prefix lets leak scanners find it. */
  text: string
  /** SHA-256 of the text; 256 random bits need no slow hash. This is what the database keeps. */
  hash: Buffer
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SHAPE = /^wb_(api|ses|lnk)_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

/** A new secret for the row with this UUID. */
export function mintSecret(kind: SecretKind, uuid: string): MintedSecret {
  const body = `wb_${kind}_${inBase62(BigInt(`0x${uuid.replaceAll('-', '')}`), 22)}_${inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)}`
  const text = body + checksum(body)
  return { text, hash: sha256(text) }
}

/** What a caller sent: row and hash to compare; null when it is malformed, of another kind, or has a typing error. */
export function readSecret(text: string, kind: SecretKind): { uuid: string; hash: Buffer } | null {
  const match = SHAPE.exec(text)
  if (!match || match[1] !== kind || checksum(text.slice(0, -6)) !== match[4]) return null
  const hex = fromBase62(match[2]!).toString(16).padStart(32, '0')
  if (hex.length > 32) return null
  return { uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), hash: sha256(text) }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

const checksum = (text: string) => inBase62(BigInt(crc32(text)), 6)

function inBase62(value: bigint, length: number): string {
  let digits = ''
  for (let rest = value; rest > 0n; rest /= 62n) digits = DIGITS[Number(rest % 62n)]! + digits
  return digits.padStart(length, '0')
}

function fromBase62(digits: string): bigint {
  return [...digits].reduce((value, digit) => value * 62n + BigInt(DIGITS.indexOf(digit)), 0n)
}
