/**
 * The language in which the page writes numbers and dates: the editor's, which the host has put into the document. Digits
 * are Western in all of them, as in the logs. English dates have the day in front of the month, so that no two are mixed up.
 */
function languageOfPage(): string {
  const language = typeof document === 'undefined' ? '' : document.documentElement.lang;
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(language) ? language : 'en';
}

const LANGUAGE = languageOfPage();
const isEnglish = /^en\b/i.test(LANGUAGE);

export const NUMBER_LANGUAGE = isEnglish ? 'en-US' : `${LANGUAGE}-u-nu-latn`;
export const DATE_LANGUAGE = isEnglish ? 'en-GB' : `${LANGUAGE}-u-nu-latn`;
