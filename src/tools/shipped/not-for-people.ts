/** Words that a model writes for itself, which no person is shown. */
import { type Refusal, refuse } from '../../refusal.ts';

/** A line that says that nothing is to be said. */
const silence = /^[\s`*_"'([{]*NO[_ -]REPLY[\s`*_"'.!)\]}]*$/m;
const reasoning = /<\/?(?:antml:)?(?:thinking|think|reasoning|scratchpad)\b[^>]*>/i;

/** Refuses a text for people that holds such words; undefined for any other. */
export function notForPeople(text: string): Refusal | undefined {
  if (silence.test(text)) {
    const fix = 'To say nothing, call `no-reply` with the reason. To answer, leave the word out.';
    return refuse('TOOL_UNAVAILABLE', 'NO_REPLY does not answer people', fix);
  }
  if (!reasoning.test(text)) return undefined;
  return refuse('TOOL_UNAVAILABLE', 'the text holds your reasoning', 'Give only the answer, without any such tags.');
}
