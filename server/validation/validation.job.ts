import type { Jobs } from '../kernel/jobs.ts'
import { runValidation, type ValidationParts } from './run.ts'
import { VALIDATION_QUEUE } from './validation.service.ts'

/** Declares who does validations. */
export function workValidation(jobs: Jobs, parts: ValidationParts): void {
  jobs.work<{ validationId: string }>(VALIDATION_QUEUE, { batch: 4, concurrency: 4 }, ({ data }) =>
    runValidation(parts, data.validationId),
  )
}
