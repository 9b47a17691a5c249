import { registerEnumType } from 'type-graphql'
import { enumOf } from '../deployment/confirmation.ts'

export const stepStates = ['PENDING', 'RUNNING', 'DONE', 'FAILED'] as const
export type StepState = (typeof stepStates)[number]
export const StepStateEnum = enumOf(stepStates)

registerEnumType(StepStateEnum, { name: 'StepState' })
