/** Whether a remote's no to a push is about what is in the commits, or about rights, branch and signatures. */

/** What a token's rights, the branch or who signs are to blame for: no other content would be taken either. */
const aboutRights =
  /protected branch|not allowed to|not permitted|permission|denied|unauthori[sz]ed|forbidden|(through|use) a pull request|cannot (create|update|delete) ref|creations? (being )?restricted|\bsign(ed|ing|ature)|\bgpg\b|committer|author email|read[- ]only|archived|quota|status checks?\b|TF402455|TF401027|GH006/i;

/** What a server says of the content of commits only, whatever else it quotes. */
const certainlyContent =
  /GITHUB PUSH PROTECTION|cannot contain secrets|\bGH001\b|\bVS403654\b|exceeds .*file size limit/i;

/** A file that a remote names. Its name says nothing about rights. */
const fileNames = /\bpath: .*$|\b(file|path|blob)( name)? \S*[./]\S*/gim;

/** What names something in the commits: a secret, a size, a name, a message. */
const aboutContent =
  /push protection|secrets?\b|large files?|too large|(file|blob|path|commit) (size|length)|size limit|exceeds|(file|path|extension)s? .*(restricted|prohibited|blacklisted|denylisted)|commit message|pattern/i;

/**
 * Whether the remote refused what is in the commits, so that other commits may be taken. The words of a hook are its
 * owner's: what they do not blame on rights is taken for content.
 */
export function isAboutContent(summary: string, words: string): boolean {
  if (certainlyContent.test(words)) return true;
  if (aboutRights.test(words.replace(fileNames, ' '))) return false;
  return aboutContent.test(words) || (words !== '' && /pre-receive hook declined/.test(summary));
}
