/**
 * Why the program cannot start, in one line that a person can act on. The programs (`main`, `demo`, `export`,
 * `import`) print the line on stderr and leave with exit code 2; anything else that is thrown is a defect.
 */
export class CannotStart extends Error {}
