import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, SETTINGS, settingsTable } from '../../server/config.ts'
import { CannotStart } from '../../server/kernel/cannot-start.ts'

describe('settings', () => {
  test('all have a default that is itself valid', () => {
    expect(readConfig({})).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      databaseUrl: undefined,
      roles: ['api', 'worker', 'sequencer'],
      logLevel: 'info',
    })
  })

  test('are read from the environment', () => {
    const env = { PORT: '0', WAYBILL_ROLES: 'worker, api', DATABASE_URL: 'postgres://db/waybill' }
    expect(readConfig(env)).toMatchObject({ port: 0, roles: ['worker', 'api'], databaseUrl: 'postgres://db/waybill' })
  })

  test('count as not set when they are empty', () => {
    expect(readConfig({ PORT: '', WAYBILL_LOG_LEVEL: ' ' })).toMatchObject({ port: 4000, logLevel: 'info' })
  })

  test('leave the variables of npm run query alone, which stand in the same shell', () => {
    expect(readConfig({ WAYBILL_URL: 'http://localhost:4000', WAYBILL_TOKEN: 'secret' })).toEqual(readConfig({}))
  })

  test.each([
    [{ PORT: '65536' }, 'PORT is wrong: "65536" is not a whole number from 0 to 65535.'],
    [{ PORT: '4e3' }, 'PORT is wrong: "4e3" is not a whole number'],
    [{ WAYBILL_ROLES: 'api,boss' }, 'WAYBILL_ROLES is wrong: "boss" is none of api, worker, sequencer.'],
    [{ WAYBILL_LOG_LEVEL: 'loud' }, 'WAYBILL_LOG_LEVEL is wrong: "loud" is none of'],
    [
      { WAYBILL_PUBLIC_URL: 'waybill.example' },
      'WAYBILL_PUBLIC_URL is wrong: it is not an address that begins with http://',
    ],
    [{ WAYBILL_ROLE: 'api' }, 'WAYBILL_ROLE is not a setting of Waybill.'],
    [{ WAYBILL_LOGLEVEL: 'info' }, 'WAYBILL_LOGLEVEL is not a setting of Waybill. The settings are: PORT,'],
    [{ WAYBILL_LEVEL: 'info' }, 'WAYBILL_LEVEL is not a setting of Waybill. Did you mean WAYBILL_LOG_LEVEL?'],
  ])('%o is refused in one line', (env, line) => {
    expect(() => readConfig(env)).toThrow(CannotStart)
    expect(() => readConfig(env)).toThrow(line)
    expect(() => readConfig(env)).not.toThrow(/\n/)
  })

  test('a wrong DATABASE_URL is refused without showing the password', () => {
    expect(() => readConfig({ DATABASE_URL: 'mysql://me:hunter2@db/waybill' })).toThrow(
      /^DATABASE_URL is wrong: it is not an address that begins with postgresql:\/\/ or postgres:\/\/\.$/,
    )
  })

  test('have different names and all appear in the table of the manual', () => {
    const names = Object.values(SETTINGS).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(settingsTable()).toContain(`| \`${name}\` | `)
  })
})

test('the table of settings in the README is the one of the program', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(readme).toContain(`<!-- settings -->\n${settingsTable()}\n<!-- /settings -->`)
})
