import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DateTime } from '../../kernel/scalars.ts'
import { enumOf } from '../confirmation.ts'
import type { Deployment } from '../deployment.entity.ts'
import { holdLifecycle, type HoldState } from './hold.lifecycle.ts'

export const HoldStateEnum = enumOf(holdLifecycle.states)
registerEnumType(HoldStateEnum, {
  name: 'HoldState',
  description: 'In whose hands a deployment is.',
  valuesConfig: {
    FREE: { description: 'Nobody holds it.' },
    HELD: { description: 'Somebody holds it.' },
    HANDING_OVER: {
      description: 'The holder hands it over to somebody who has not acknowledged that yet; until then it is theirs.',
    },
  },
})

@ObjectType({ description: 'Who holds a deployment: coordination among people, it gives and takes no right.' })
export class DeploymentHold {
  holderId!: string | null
  successorId!: string | null

  @Field(() => HoldStateEnum)
  state!: HoldState

  @Field(() => DateTime, { nullable: true, description: 'Since when its holder has it.' })
  since!: Date | null

  @Field(() => String, { nullable: true, description: 'What the holder says to whom it is handed over.' })
  note!: string | null

  @Field(() => DateTime, { nullable: true })
  handedOverAt!: Date | null

  @Field(() => Int, { description: 'Grows with every change; give it as expectedVersion.' })
  version!: number
}

@ObjectType({ description: 'What the next one should know; earlier wordings are in the history of the deployment.' })
export class ShiftNote {
  byId!: string

  @Field(() => String)
  text!: string

  @Field(() => DateTime)
  at!: Date
}

@ObjectType({ description: 'Somebody saw what went wrong and is on it; it goes when something else goes wrong.' })
export class Acknowledgement {
  byId!: string

  @Field(() => String, { nullable: true })
  comment!: string | null

  @Field(() => DateTime)
  at!: Date
}

@ObjectType({ description: 'Who cares for a deployment, and what they tell each other.' })
export class DeploymentCare {
  deployment!: Deployment
}
