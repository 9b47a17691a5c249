import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../server/validation/plan.ts'
import type { Json } from '../../../server/validation/predicates/predicate.ts'
import { Recorder } from '../../../server/validation/recorder.ts'
import { allRules } from '../../../server/validation/rules/all-rules.ts'
import { dependants } from '../../../server/validation/rules/dependants.ts'
import { itemState } from '../../../server/validation/rules/item-state.ts'
import { otherDeployments } from '../../../server/validation/rules/other-deployments.ts'
import { packageAvailable } from '../../../server/validation/rules/package-available.ts'
import { packageDigest } from '../../../server/validation/rules/package-digest.ts'
import { platform } from '../../../server/validation/rules/platform.ts'
import type { Rule } from '../../../server/validation/rules/rule.ts'
import { sourceAndTargets } from '../../../server/validation/rules/source-and-targets.ts'
import { targetAuthorized } from '../../../server/validation/rules/target-authorized.ts'

const PACKAGE = 'storefront 1.1.0'
const plan: Plan = {
  deploymentId: 'dpl-1',
  number: 'DPL-1',
  distribution: 'AUTOMATIC',
  productId: 'prd-1',
  taskId: 'tsk-1',
  releaseId: 'rls-1',
  goesBack: false,
  source: { uuid: 'pkv-1', name: PACKAGE, digest: 'sha256:aa' },
  targets: [
    { uuid: 'i1', name: 'web-1' },
    { uuid: 'i2', name: 'web-2' },
  ],
}

/** A world in which everything is well, except for what a case says: predicate → subject → value. */
const WELL: Record<string, Json> = {
  itemAuthorized: true,
  itemState: 'PRODUCTION',
  itemPlatform: { platform: 'linux', arch: 'x64' },
  itemReached: true,
  itemInTask: true,
  packageState: 'AVAILABLE',
  packageAlert: null,
  packageHeld: true,
  packageDigest: 'sha256:aa',
  packagePlatform: { platform: 'any', arch: 'any' },
  sourceInRelease: true,
  deploymentsOn: [],
  deploymentsNear: [],
  dependantsOutside: { count: 0, first: [], all: 'e3' },
}

type Except = Record<string, Record<string, Json>>

function recorderOf(except: Except, changed: Partial<Plan> = {}): Recorder {
  return new Recorder(
    { ...plan, ...changed },
    async (predicate, subjects) =>
      new Map(
        subjects.map((subject) => [
          subject,
          except[predicate]?.[subject] ?? (except[predicate]?.[subject] === null ? null : WELL[predicate]!),
        ]),
      ),
    async (items) => new Map(items.map((uuid) => [uuid, `name of ${uuid}`])),
  )
}

interface Case {
  when: string
  except: Except
  plan?: Partial<Plan>
  /** Severity and sentence of each finding. */
  finds: [severity: string, message: string][]
}

function table(rule: Rule, cases: Case[]) {
  describe(rule.id, () => {
    test.each(cases)('$when', async ({ except, plan: changed, finds }) => {
      const found = await rule.check(recorderOf(except, changed))
      expect(found.map(({ severity, message }) => [severity, message])).toEqual(finds)
    })
  })
}

test('nothing is found where all is well', async () => {
  const recorder = recorderOf({})
  for (const rule of allRules) expect(await rule.check(recorder), rule.id).toEqual([])
})

table(targetAuthorized, [
  {
    when: 'a stored item is a target',
    except: { itemAuthorized: { i2: false }, itemState: { i2: 'INVENTORY' } },
    finds: [['BLOCK', 'web-2 is INVENTORY: only an authorized item can be a target.']],
  },
  {
    when: 'an item is gone',
    except: { itemAuthorized: { i1: false }, itemState: { i1: null } },
    finds: [['BLOCK', 'web-1 is gone: only an authorized item can be a target.']],
  },
  {
    when: 'another rule says it better',
    except: { itemAuthorized: { i1: false }, itemState: { i1: 'NOT_READY' } },
    finds: [],
  },
])

table(itemState, [
  {
    when: 'an item is decommissioned and another is not ready',
    except: { itemAuthorized: { i1: false, i2: false }, itemState: { i1: 'DECOMMISSIONED', i2: 'NOT_READY' } },
    finds: [
      ['BLOCK', 'web-1 is DECOMMISSIONED: nothing about it is changed any more.'],
      ['BLOCK', 'web-2 is NOT_READY: it is not in use yet.'],
    ],
  },
])

table(packageAvailable, [
  {
    when: 'nobody knows the package',
    except: { packageState: { 'pkv-1': null } },
    finds: [['BLOCK', `The library does not know ${PACKAGE}.`]],
  },
  {
    when: 'it was withdrawn',
    except: { packageState: { 'pkv-1': 'WITHDRAWN' } },
    finds: [['BLOCK', `${PACKAGE} was withdrawn from the library.`]],
  },
  {
    when: 'its bytes are not there',
    except: { packageHeld: { 'pkv-1': false } },
    finds: [['BLOCK', `The library knows ${PACKAGE} but does not hold its bytes.`]],
  },
])

table(packageDigest, [
  {
    when: 'other bytes stand in the repository now',
    except: { packageState: { 'pkv-1': 'ALERT' }, packageAlert: { 'pkv-1': 'It has sha256:bb now.' } },
    finds: [['BLOCK', `${PACKAGE} has changed in its repository since it was scanned: It has sha256:bb now.`]],
  },
  {
    when: 'the library has another digest than the plan',
    except: { packageDigest: { 'pkv-1': 'sha256:bb' } },
    finds: [['BLOCK', `${PACKAGE} has the digest sha256:bb; the plan was made with sha256:aa.`]],
  },
])

const forLinux = { 'pkv-1': { platform: 'linux', arch: 'any' } }
table(platform, [
  {
    when: 'a target has another system',
    except: { packagePlatform: forLinux, itemPlatform: { i2: { platform: 'win32', arch: 'x64' } } },
    finds: [['BLOCK', `${PACKAGE} is made for linux; web-2 is win32 x64.`]],
  },
  {
    when: 'a target has another processor',
    except: {
      packagePlatform: { 'pkv-1': { platform: 'linux', arch: 'arm64' } },
      itemPlatform: { i1: { platform: 'linux', arch: 'arm64' } },
    },
    finds: [['BLOCK', `${PACKAGE} is made for linux arm64; web-2 is linux x64.`]],
  },
  {
    when: 'nobody has recorded what a target is',
    except: { packagePlatform: forLinux, itemPlatform: { i1: { platform: null, arch: null } } },
    finds: [['WARNING', `${PACKAGE} is made for linux; what web-1 is, nobody has recorded.`]],
  },
])

test('a package for everything does not make the platform of its targets part of the verdict', async () => {
  const recorder = recorderOf({})
  await platform.check(recorder)
  expect(recorder.facts().map(({ predicate }) => predicate)).toEqual(['packagePlatform'])
})

table(otherDeployments, [
  {
    when: 'another deployment has the item',
    except: { deploymentsOn: { i1: ['DPL-7'] } },
    finds: [['BLOCK', 'DPL-7 is planned or under way on web-1.']],
  },
  {
    when: 'several have it',
    except: { deploymentsOn: { i1: ['DPL-7', 'DPL-9'] } },
    finds: [['BLOCK', 'DPL-7 and DPL-9 are planned or under way on web-1.']],
  },
  {
    when: 'one runs next door',
    except: { deploymentsNear: { i2: ['DPL-7 on db-1'] } },
    finds: [['WARNING', 'web-2 is related to items that are being changed: DPL-7 on db-1.']],
  },
])

table(dependants, [
  {
    when: 'one item outside depends on a target',
    except: { dependantsOutside: { 'dpl-1': { count: 1, first: ['i9'], all: 'x' } } },
    finds: [['WARNING', 'name of i9 depends on targets and is not part of the release.']],
  },
  {
    when: 'many do',
    except: { dependantsOutside: { 'dpl-1': { count: 2_000, first: ['a', 'b', 'c', 'd', 'e', 'f'], all: 'x' } } },
    finds: [
      [
        'WARNING',
        'name of a, name of b, name of c, name of d, name of e and 1995 more depend on targets and are not part of the release.',
      ],
    ],
  },
])

table(sourceAndTargets, [
  {
    when: 'the source was taken out of the release',
    except: { sourceInRelease: { 'pkv-1': false } },
    finds: [['BLOCK', `${PACKAGE} is no source of the release any more.`]],
  },
  {
    when: 'a roll-back brings back what is no source of the release',
    except: { sourceInRelease: { 'pkv-1': false } },
    plan: { goesBack: true },
    finds: [],
  },
  {
    when: 'there is no target',
    except: {},
    plan: { targets: [] },
    finds: [['BLOCK', 'The deployment has no target.']],
  },
  {
    when: 'a target was taken out of the task',
    except: { itemInTask: { i2: false } },
    finds: [['BLOCK', 'web-2 is no target of the task any more.']],
  },
  {
    when: 'a target cannot be reached',
    except: { itemReached: { i1: false } },
    finds: [['BLOCK', 'web-1 is not reached through the product that the package is bound to.']],
  },
  {
    when: 'people do it, so nothing has to be reached',
    except: { itemReached: { i1: false } },
    plan: { distribution: 'MANUAL' },
    finds: [],
  },
])

test('what is asked twice is read once, and the read set does not depend on who asked first', async () => {
  let reads = 0
  const read = async (_predicate: string, subjects: string[]) => {
    reads += subjects.length
    return new Map<string, Json>(subjects.map((subject) => [subject, true]))
  }
  const recorders = [0, 1].map(() => new Recorder(plan, read, async () => new Map()))
  await recorders[0]!.ask('itemAuthorized', ['i1', 'i2'])
  await recorders[0]!.ask('itemAuthorized', ['i2', 'i1'])
  expect(reads).toBe(2)
  await recorders[0]!.ask('itemInTask', ['i1'])
  await recorders[1]!.ask('itemInTask', ['i1'])
  await recorders[1]!.ask('itemAuthorized', ['i2', 'i1'])
  expect(recorders[1]!.facts()).toEqual(recorders[0]!.facts())
})
