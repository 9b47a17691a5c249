import { Field, ObjectType, registerEnumType } from 'type-graphql'
import type { Integration } from '../integrations/integration.ts'

export const DistributionModes = { AUTOMATIC: 'AUTOMATIC', MANUAL: 'MANUAL' } as const
export type DistributionMode = keyof typeof DistributionModes
registerEnumType(DistributionModes, {
  name: 'DistributionMode',
  description:
    'AUTOMATIC: a module carries the software. MANUAL: people do, with instructions and signed confirmations.',
})

@ObjectType({ description: 'One setting of a form.' })
export class ConfigField {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String)
  help!: string

  @Field(() => Boolean)
  required!: boolean

  @Field(() => Boolean, { description: 'Write-only: the value is never shown again.' })
  secret!: boolean
}

@ObjectType({ description: 'The driver by which Waybill talks to a kind of management product.' })
export class IntegrationModule {
  @Field(() => String)
  id!: string

  @Field(() => String, { description: 'The kind of product that it serves.' })
  kind!: string

  @Field(() => String)
  title!: string

  @Field(() => DistributionModes)
  mode!: DistributionMode

  @Field(() => Boolean)
  canDiscover!: boolean

  @Field(() => Boolean, { description: 'Whether it can look at a target, which confirmation needs.' })
  canInspect!: boolean

  @Field(() => Boolean, { description: 'Whether it can open the same job in the product.' })
  canLaunch!: boolean

  @Field(() => [ConfigField])
  configFields!: ConfigField[]
}

export function describeModule(module: Integration): IntegrationModule {
  return {
    id: module.id,
    kind: module.id,
    title: module.title,
    mode: module.mode === 'automatic' ? 'AUTOMATIC' : 'MANUAL',
    canDiscover: module.listTargets !== undefined,
    canInspect: module.inspect !== undefined,
    canLaunch: module.launchUrl !== undefined,
    configFields: module.configFields.map((field) => ({ ...field, secret: field.secret ?? false })),
  }
}
