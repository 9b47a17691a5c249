import { BigIntType, type Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import type { Topic } from '../kernel/events.ts'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime, JsonObject, Seq } from '../kernel/scalars.ts'
import { packageVersionLifecycle, PackageVersionStates, type PackageVersionState } from './package-version.lifecycle.ts'

@ObjectType({
  implements: Node,
  description:
    'One immutable version of a package. Its digest never changes: other bytes under the same name are an ALERT.',
})
@Entity({ tableName: 'package_version' })
export class PackageVersion extends ChangingNoun implements Moving<PackageVersionState> {
  get prefix() {
    return 'pkv' as const
  }
  get topic(): Opt<Topic> {
    return 'packageVersion.changed'
  }
  /** `storefront 1.1.0`, and for what if it is not for everything. */
  get displayName(): Opt<string> {
    const wanted = [this.platform, this.arch].filter((one) => one !== 'any').join(' ')
    return `${this.packageName} ${this.number}${wanted ? ` (${wanted})` : ''}`
  }
  /** The package's name, as it stands in the package URL. */
  get packageName(): Opt<string> {
    return decodeURIComponent(this.purl.replace(/^pkg:[^/]+\//, '').replace(/@.*$/, ''))
  }

  @Property({ type: 'uuid' })
  packageId!: string

  @Field(() => String, { description: "The software's version, e.g. 1.1.0." })
  @Property({ type: 'text' })
  number!: string

  @Field(() => String, { description: '`any`, or the operating system: linux, darwin, win32.' })
  @Property({ type: 'text' })
  platform!: string

  @Field(() => String, { description: '`any`, or the processor: x64, arm64.' })
  @Property({ type: 'text' })
  arch!: string

  @Field(() => String, { description: 'Package URL.' })
  @Property({ type: 'text' })
  purl!: string

  @Field(() => String, { description: '`sha256:…` of the bytes.' })
  @Property({ type: 'text' })
  digest!: string

  @Field(() => Seq, { description: 'Bytes.' })
  @Property({ type: new BigIntType('number') })
  size!: number

  @Field(() => PackageVersionStates)
  @Property({ type: 'text' })
  state: Opt<PackageVersionState> = packageVersionLifecycle.initial

  @Field(() => String, { nullable: true, description: 'Why it is in the state ALERT.' })
  @Property({ type: 'text', nullable: true })
  alert: string | null = null

  /** A person withdrew it: no scan brings it back. */
  @Property({ type: 'boolean' })
  withdrawnByHand: Opt<boolean> = false

  @Field(() => Boolean, { description: 'Whether Waybill holds the bytes by digest.' })
  @Property({ type: 'boolean' })
  held!: boolean

  /** Its file name in the repository. */
  @Property({ type: 'text' })
  file!: string

  @Field(() => JsonObject, { description: 'What the package says about itself.' })
  @Property({ type: 'jsonb' })
  manifest!: Record<string, unknown>

  @Field(() => DateTime, { nullable: true, description: "The file's time in the repository." })
  @Property({ type: 'timestamptz', nullable: true })
  publishedAt: Date | null = null

  @Field(() => DateTime, { description: 'When a scan last saw it in the repository.' })
  @Property({ type: 'timestamptz' })
  scannedAt!: Date
}

export const PackageVersionConnection = connectionOf('PackageVersion', () => PackageVersion)
