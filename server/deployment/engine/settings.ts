/** How patient the engine is; tests are less so. All in milliseconds. */
export interface EnginePatience {
  /** Between two flushes of progress and log lines. */
  flush: number
  /** Between two looks at a deployment in which nothing happens here: deferred targets, a pause, a cancel elsewhere. */
  idle: number
  /** Between two looks for lost processes and work that nobody does. */
  sweep: number
  /** How long a module may take to obey its abort signal before its target is asked instead. */
  obey: number
  /** How long work in flight may go on when the program stops. */
  stop: number
  /** How far past its deadline an attempt of another process is before it is taken away from it. */
  zombie: number
  /** Between two tries to look at a target that cannot be reached. */
  lookAgain: number
}

export const PATIENCE: EnginePatience = {
  flush: 100,
  idle: 500,
  sweep: 1_000,
  obey: 5_000,
  stop: 5_000,
  zombie: 30_000,
  lookAgain: 2_000,
}

/** How often an unreachable target is looked at before the answer is "nobody knows". */
export const LOOKS = 3
