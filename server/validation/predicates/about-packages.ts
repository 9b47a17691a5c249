import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { bySubject, type Json, type Predicate } from './predicate.ts'

const aboutPackage = <V extends Json>(
  kind: Predicate['kind'],
  title: string,
  expression: string,
  missing: V,
): Predicate<V> => ({
  kind,
  title,
  subject: 'packageVersion',
  touchedBy: { 'packageVersion.changed': 'subject' },
  async read({ em }, versions) {
    return bySubject(versions, await ask<V>(em, expression, versions), missing)
  },
})

const ask = <V>(em: EntityManager, expression: string, versions: string[]) =>
  rows<{ uuid: string; value: V }>(
    em,
    `select uuid, ${expression} as value from package_version where uuid = any($1::uuid[])`,
    [versions],
  )

/** Null: the library does not know it. */
export const packageState = aboutPackage<string | null>('FACT', 'state', 'state', null)
/** Why the library distrusts it; asked only where it does. */
export const packageAlert = aboutPackage<string | null>('FACT', 'alert', 'alert', null)
/** Waybill has the bytes. */
export const packageHeld = aboutPackage<boolean>('PREDICATE', 'held in the library', 'held', false)
export const packageDigest = aboutPackage<string | null>('FACT', 'digest', 'digest', null)
export const packagePlatform = aboutPackage<{ platform: string; arch: string } | null>(
  'FACT',
  'platform',
  `jsonb_build_object('platform', platform, 'arch', arch)`,
  null,
)

export const sourceInRelease: Predicate<boolean> = {
  kind: 'PREDICATE',
  title: 'source of the release',
  subject: 'packageVersion',
  touchedBy: { 'release.changed': 'ofRelease' },
  async read({ em, plan }, versions) {
    const found = await rows<{ uuid: string; value: boolean }>(
      em,
      `select package_version_id as uuid, true as value from release_source
       where release_id = $2 and package_version_id = any($1::uuid[])`,
      [versions, plan.releaseId],
    )
    return bySubject(versions, found, false)
  },
}
