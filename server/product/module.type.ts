import { Field, Float, ObjectType, registerEnumType } from 'type-graphql'
import type { Integration } from '../integrations/integration.ts'
import type { KnownKind } from './kinds.ts'

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

  @Field(() => Boolean, { description: 'Has several lines, such as a list or a private key.' })
  multiline!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'The value is an object with an editor of its own: "mapping" says what columns become. Null: a text.',
  })
  editor!: string | null
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
    configFields: fieldsOf(module.configFields),
  }
}

@ObjectType({ description: 'Which files a person may hand in to be read instead of what the settings name.' })
export class UploadRule {
  @Field(() => [String], { description: 'Endings of the file’s name, e.g. .xml' })
  endings!: readonly string[]

  @Field(() => Float, { description: 'Bytes.' })
  maxSize!: number
}

@ObjectType({ description: 'A kind of management product that Waybill knows: what it can do with one.' })
export class ProductKind {
  @Field(() => String)
  kind!: string

  @Field(() => String)
  title!: string

  @Field(() => DistributionModes, { description: 'MANUAL also where only a discovery adapter serves the kind.' })
  mode!: DistributionMode

  @Field(() => IntegrationModule, { nullable: true, description: 'Null: distribution through it is manual.' })
  module!: IntegrationModule | null

  @Field(() => Boolean)
  canDiscover!: boolean

  @Field(() => UploadRule, { nullable: true, description: 'Null: discovery takes no files of a person.' })
  upload!: UploadRule | null

  @Field(() => [ConfigField], { description: 'Of module and adapter together.' })
  configFields!: ConfigField[]
}

export function describeKind({ kind, title, module, source, configFields }: KnownKind): ProductKind {
  return {
    kind,
    title,
    mode: module?.mode === 'automatic' ? 'AUTOMATIC' : 'MANUAL',
    module: module ? describeModule(module) : null,
    canDiscover: source !== undefined,
    upload: source?.upload ?? null,
    configFields: fieldsOf(configFields),
  }
}

const fieldsOf = (fields: KnownKind['configFields']) =>
  fields.map((field) => ({
    ...field,
    secret: field.secret ?? false,
    multiline: field.multiline ?? false,
    editor: field.editor ?? null,
  }))
