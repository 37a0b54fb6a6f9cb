/** Quotas of AWS Step Functions that more than one place keeps to. */

/** Of a definition's text, as UTF-8. */
export const DEFINITION_BYTES = 1_048_576;

/** Of a state's input or output, or of one variable, as the UTF-8 of its JSON text. */
export const PAYLOAD_BYTES = 262_144;

/** Of all variables of an execution together. */
export const VARIABLES_BYTES: number = 10 * 1024 * 1024;

/** In the history of one execution. */
export const HISTORY_EVENTS = 25_000;

/** Of an error's name. */
export const ERROR_CHARACTERS = 256;

/** Of an error's cause. */
export const CAUSE_CHARACTERS = 32_768;

/** How long an EXPRESS execution may run. */
export const EXPRESS_SECONDS = 300;
