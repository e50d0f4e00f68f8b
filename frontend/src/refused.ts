/** Why there is no answer, as a sentence for people. */
export class Refused extends Error {}
