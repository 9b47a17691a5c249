import type { EntityClass } from '@mikro-orm/postgresql'
import { Attempt } from './deployment/attempt.entity.ts'
import { Deployment } from './deployment/deployment.entity.ts'
import { Evidence } from './deployment/evidence.entity.ts'
import { DeploymentTarget } from './deployment/target.entity.ts'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = [Deployment, DeploymentTarget, Attempt, Evidence]
