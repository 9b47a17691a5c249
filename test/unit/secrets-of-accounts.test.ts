import 'reflect-metadata'
import { describe, expect, test } from 'vitest'
import { redacted } from '../../server/audit/redact.ts'
import { hashPassword, isPassword, requireGoodPassword } from '../../server/account/password.ts'
import { mintSecret, readSecret } from '../../server/account/secret-text.ts'
import { SignInLimits } from '../../server/account/account.services.ts'
import { RateLimiter } from '../../server/kernel/rate-limiter.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'

describe('a secret text', () => {
  test('leads back to its row, and only as the kind it is', () => {
    const uuid = uuidv7()
    const { text, hash } = mintSecret('api', uuid)
    expect(text).toMatch(/^wb_api_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/)
    expect(readSecret(text, 'api')).toEqual({ uuid, hash })
    expect(readSecret(text, 'ses')).toBeNull()
  })

  test('with one wrong letter is refused before anybody asks the database', () => {
    const { text } = mintSecret('lnk', uuidv7())
    for (let at = 7; at < text.length; at++) {
      const wrong = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
      expect(readSecret(wrong, 'lnk')).toBeNull()
    }
    expect(readSecret('wb_lnk_' + 'z'.repeat(22) + '_' + 'z'.repeat(49), 'lnk')).toBeNull()
  })

  test('is never the same twice', () => {
    const uuid = uuidv7()
    expect(new Set(Array.from({ length: 1_000 }, () => mintSecret('ses', uuid).text)).size).toBe(1_000)
  })
})

describe('a password', () => {
  test.each([
    ['elevenchars', 'at least 12'],
    ['x'.repeat(257), 'at most 256'],
    ['ababababababab', 'different'],
    ['i am adalovelace', 'login'],
  ])('%s is refused with its reason', (password, reason) => {
    expect(() => requireGoodPassword(password, 'AdaLovelace', 'password')).toThrow(reason)
  })

  test('is kept as argon2id with a salt', async () => {
    const [one, two] = await Promise.all([hashPassword('twelve horses'), hashPassword('twelve horses')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
    expect(await isPassword(one, 'twelve horses')).toBe(true)
    expect(await isPassword(one, 'twelve Horses')).toBe(false)
  })

  test('is right however its accents are typed', async () => {
    expect(await isPassword(await hashPassword('cafe\u0301 au lait noir'), 'café au lait noir')).toBe(true)
  })

  test('of nobody takes as long to refuse as that of somebody', async () => {
    const stored = await hashPassword('twelve horses')
    // The fastest of several, in turn: what else the machine does slows one down, not the fastest of each.
    const fastest = { somebody: Infinity, nobody: Infinity }
    for (let round = 0; round < 12; round++) {
      for (const [who, hash] of [['somebody', stored] as const, ['nobody', null] as const]) {
        const began = performance.now()
        await isPassword(hash, 'a wrong guess')
        fastest[who] = Math.min(fastest[who], performance.now() - began)
      }
    }
    const { somebody, nobody } = fastest
    expect(nobody).toBeGreaterThan(somebody / 3)
    expect(nobody).toBeLessThan(somebody * 3)
    expect(await isPassword(null, '')).toBe(false)
  })
})

describe('the limiter', () => {
  test('says how long to wait, and lets through again after that', () => {
    let now = 0
    const limiter = new RateLimiter({ burst: 2, perMinute: 6 }, () => now)
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a'), limiter.take('b')]).toEqual([0, 0, 10, 0])
    now = 9_900
    expect(limiter.take('a')).toBe(1)
    now = 10_000
    expect(limiter.take('a')).toBe(0)
  })

  test('counts failures only, for a login everywhere and for an address over all logins', async () => {
    const limits = new SignInLimits()
    const fail = () => Promise.reject(new Error('wrong'))
    for (let i = 0; i < 200; i++) await limits.guard('ada', 'home', async () => {})
    const outcomes = (login: (i: number) => string, address: (i: number) => string, times: number) =>
      Promise.all(
        Array.from({ length: times }, (_, i) =>
          limits.guard(login(i), address(i), fail).catch((error: Error) => error.message),
        ),
      )
    const guesses = await outcomes(
      () => 'ada',
      (i) => `10.0.0.${i}`,
      80,
    )
    expect(guesses.filter((said) => said === 'wrong')).toHaveLength(50)
    const spray = await outcomes(
      (i) => `user${i}`,
      () => 'one place',
      80,
    )
    expect(spray.filter((said) => said === 'wrong')).toHaveLength(30)
  })
})

describe('the audit log keeps of an input', () => {
  test('no secret, however deep and however it is called', () => {
    const input = {
      login: 'ada',
      password: 'p4',
      current: 'c4',
      next: 'n4',
      token: 't4',
      secret: null,
      idempotencyKey: 'k',
      config: {
        url: 'https://user:p5@host/x',
        apiKey: 'a5',
        headers: [{ authToken: 'h5' }],
        sshPrivateKey: 's5',
        ok: 'yes',
      },
      note: `Bearer wb_api_${'x'.repeat(22)}_y`,
    }
    const text = JSON.stringify(redacted(input))
    expect(text).not.toMatch(/p4|c4|n4|t4|p5|a5|h5|s5|wb_api_x/)
    expect(redacted(input)).toMatchObject({ login: 'ada', secret: null, idempotencyKey: 'k', config: { ok: 'yes' } })
  })

  test('a megabyte of letters without thinking about it for long', () => {
    const began = performance.now()
    redacted({ a: 'x'.repeat(1_000_000), b: 'https://'.repeat(10_000), c: 'wb_'.repeat(100_000) })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('nothing that PostgreSQL cannot store, and a digest of what is too long', () => {
    expect(redacted({ a: 'x\0y\ud800' })).toEqual({ a: 'x\ufffdy\ufffd' })
    expect(redacted({ a: 'x'.repeat(70_000) })).toEqual({
      tooLongToKeep: 70_008,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})
