import { WrongUse } from './exit-codes.ts';

/** Parses a whole number of a range. @throws WrongUse from the parser */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d{1,16}$/.test(text) && number >= min && number <= max) return number;
    throw new WrongUse(
      max === Number.MAX_SAFE_INTEGER ? `A whole number from ${min}.` : `A whole number from ${min} to ${max}.`,
    );
  };

/** Numbers of messages as people read them: `12,431`. */
export const numberText = (number: number): string => number.toLocaleString('en-US', { maximumFractionDigits: 1 });

/** `1 message`, `12,431 messages`. */
export const messagesText = (count: number): string => `${numberText(count)} ${count === 1 ? 'message' : 'messages'}`;
