/** What is said beside the workspace, and fetched with the pages and dialogs that say it. What `general.ts` and the others beside it do not hold.. */
import { count, some } from '../counting'

/** An entry of the audit log, with names for all that it is about. */
interface Did {
  actor: string
  target: string
  session: string
  detail: string
}

export const pages = {
  certificate: {
    title: 'When your browser warns',
    about:
      'Everything between you and this server is encrypted. Your browser warns because it does not know who vouches for the server: an authority that the server made itself. Make that known to your device once, and the warning is gone for good.',
    compareTitle: 'Is it the right one?',
    compare:
      'Compare this fingerprint with the one in the terminal in which the server runs; somebody may read it out or show it. If they differ, stop here: then you speak with somebody else.',
    fingerprint: 'Fingerprint of the authority, SHA-256',
    importTitle: 'Make it known',
    download: 'Download the certificate',
    systems: [
      {
        name: 'Windows',
        fits: ['Windows'],
        steps: [
          'Open the downloaded file, press Install Certificate… and choose Current User.',
          'Choose Place all certificates in the following store, Browse…, Trusted Root Certification Authorities. Left to itself Windows takes another store.',
          'Finish, say yes to the question, and start the browser anew. Firefox takes it from Windows too.',
        ],
      },
      {
        name: 'macOS',
        fits: ['macOS'],
        steps: [
          'Open the downloaded file and add it to the keychain login.',
          'Find code_together on … in the list and open it. Under Trust choose Always Trust, and close the window.',
        ],
      },
      {
        name: 'iPhone and iPad',
        fits: ['iPhone', 'iPad'],
        steps: [
          'Download the certificate in Safari and allow the profile.',
          'Settings, General, VPN & Device Management: install the profile.',
          'Settings, General, About, Certificate Trust Settings: switch it on. Without this step nothing changes.',
        ],
      },
      {
        name: 'Android',
        fits: ['Android'],
        steps: [
          'Settings, Security, Encryption & credentials, Install a certificate, CA certificate. The search of the settings finds CA certificate where it is called otherwise.',
          'Choose the downloaded file. Chrome takes it at once.',
          'Firefox: under About Firefox press the logo seven times, then switch on Use third party CA certificates under Secret Settings.',
        ],
      },
      {
        name: 'ChromeOS',
        fits: ['ChromeOS'],
        steps: [
          'Settings, Privacy and security, Security, Manage certificates, Authorities, Import.',
          'Tick Trust this certificate for identifying websites.',
        ],
      },
      {
        name: 'Linux',
        fits: ['Linux'],
        steps: [
          'Chrome: Settings, Privacy and security, Security, Manage certificates, Authorities, Import.',
          'Firefox: Settings, search for certificates, View Certificates…, Authorities, Import…, and tick Trust this CA to identify websites.',
          'git: git config --global http.sslCAInfo, with the path of the file.',
        ],
      },
    ],
    limits:
      'This authority can vouch for the names of this server and for names that end in .local, for nothing else.',
    none: 'This server has no authority of its own. If your browser warns, ask whoever runs the server.',
  },

  help: {
    title: 'Help',
    contents: 'Contents',
    toContents: 'Contents of the help',
    search: 'Search in the help',
    results: 'What was found',
    found: (n: number): string => (n ? count(n, 'place', 'places') : 'Nothing has all of these words.'),
    nothing: 'The help has no such page.',
  },

  reset: {
    title: 'New password',
    about: 'Choose a new password for your account. Every browser that is logged in must log in again.',
    password: 'New password',
    passwordHint: 'At least 8 characters.',
    need: 'Give a password.',
    set: 'Set password',
    doneTitle: 'The password is set',
    done: (name: string): string => `You can log in now as ${name}.`,
    toLogin: 'Log in',
    noLink:
      'This link is not complete. Open it again as it was given to you, or ask an administrator of this server for a new one.',
  },

  admin: {
    parts: 'Parts of the administration',
    accounts: 'Accounts',
    sessions: 'Sessions',
    log: 'Log',
    registration: 'Who may make an account',
    registrations: {
      open: 'Everyone who reaches this server',
      invite: 'Those who have an invitation',
      closed: 'Nobody',
    },
    registrationChanged: 'Who may make an account was changed.',
    summary: (accounts: number, sessions: number, size: string): string =>
      `${count(accounts, 'account', 'accounts')}, ${count(sessions, 'session', 'sessions')}, ${size} on the disk`,
    search: 'Search accounts',
    nobody: 'No account is called so.',
    noSessions: 'There are no sessions yet.',
    columns: {
      name: 'Name',
      made: 'Made',
      seen: 'Last seen',
      title: 'Title',
      members: 'Members',
      active: 'Last activity',
      size: 'On the disk',
    },
    never: 'never',
    admin: 'Admin',
    disabled: 'Disabled',
    actions: (name: string): string => `Actions for ${name}`,
    makeAdmin: 'Make admin',
    takeAdmin: 'No longer admin',
    disable: 'Disable…',
    enable: 'Enable',
    reset: 'Link for a new password…',
    disableTitle: (name: string): string => `Disable ${name}?`,
    disableText:
      'They are logged out everywhere at once and cannot log in. What they wrote stays, and you can enable the account again.',
    disableDo: 'Disable',
    wasDisabled: (name: string): string => `${name} is disabled`,
    wasEnabled: (name: string): string => `${name} can log in again`,
    isAdmin: (name: string): string => `${name} is an admin now`,
    noAdmin: (name: string): string => `${name} is no longer an admin`,
    resetTitle: (name: string): string => `New password for ${name}`,
    resetText: (name: string, until: string): string =>
      `Give this link to ${name} and to nobody else. It sets a new password once, until ${until}. Until then the old password is good.`,
    resetLink: 'The link',
    ownedBy: (names: string): string => `Owned by ${names}`,
    members: (n: number): string => count(n, 'member', 'members'),
    older: 'Older entries',
    more: 'More',
    shell: 'The command line',
    noLog: 'Nothing was done yet.',
    did: {
      account_made: ({ actor, target }: Did): string =>
        actor === target ? `${actor} made an account` : `${actor} made the account ${target}`,
      account_disabled: ({ actor, target }: Did): string => `${actor} disabled ${target}`,
      account_enabled: ({ actor, target }: Did): string => `${actor} enabled ${target}`,
      admin_given: ({ actor, target }: Did): string => `${actor} made ${target} an admin`,
      admin_taken: ({ actor, target }: Did): string => `${actor} took the administration from ${target}`,
      password_changed: ({ actor, target }: Did): string =>
        actor === target ? `${actor} changed their password` : `${actor} changed the password of ${target}`,
      reset_link_made: ({ actor, target }: Did): string =>
        `${actor} made a link for a new password of ${target}`,
      password_reset: ({ actor }: Did): string => `${actor} set a new password by a link`,
      logins_ended: ({ actor }: Did): string => `${actor} ended logins of their own`,
      token_made: ({ actor, detail }: Did): string => `${actor} made an access token (${detail})`,
      token_ended: ({ actor }: Did): string => `${actor} ended an access token`,
      registration_changed: ({ actor, detail }: Did): string => `${actor} set registration to ${detail}`,
      session_made: ({ actor, session }: Did): string => `${actor} made ${session}`,
      session_renamed: ({ actor, session, target }: Did): string =>
        `${actor} renamed ${session} to ${target}`,
      session_opened_to: ({ actor, session, detail }: Did): string =>
        detail === 'private'
          ? `${actor} made ${session} members only`
          : `${actor} let everyone ${detail === 'lan editor' ? 'edit' : 'look at'} ${session}`,
      session_archived: ({ actor, session }: Did): string => `${actor} archived ${session}`,
      session_unarchived: ({ actor, session }: Did): string => `${actor} took ${session} out of the archive`,
      session_deleted: ({ actor, session }: Did): string => `${actor} deleted ${session}`,
      member_added: ({ actor, target, session, detail }: Did): string =>
        `${actor} added ${target} to ${session} as ${detail}`,
      role_changed: ({ actor, target, session, detail }: Did): string =>
        `${actor} made ${target} ${detail} of ${session}`,
      member_joined: ({ actor, session, detail }: Did): string =>
        `${actor} joined ${session} by an invite, as ${detail}`,
      invite_made: ({ actor, session, detail }: Did): string =>
        `${actor} made an invite to ${session} as ${detail}`,
      invite_ended: ({ actor, session }: Did): string => `${actor} ended an invite to ${session}`,
      member_removed: ({ actor, target, session }: Did): string =>
        `${actor} removed ${target} from ${session}`,
      member_left: ({ actor, session }: Did): string => `${actor} left ${session}`,
      restored: ({ actor, target, session, detail }: Did): string =>
        `${actor} put ${target ? `${target} in ${session}` : session} back as of ${detail.slice(0, 7)}`,
      reverted: ({ actor, target, session, detail }: Did): string =>
        `${actor} undid revision ${detail.slice(0, 7)}${target ? ` in ${target}` : ''} of ${session}`,
      files_imported: ({ actor, session, detail }: Did): string =>
        `${actor} brought ${count(Number(detail), 'file', 'files')} into ${session} by a zip`,
      files_replaced: ({ actor, session, detail }: Did): string =>
        `${actor} replaced text in ${count(Number(detail), 'file', 'files')} of ${session}`,
    } as Record<string, (did: Did) => string>,
    didOther: (action: string, { actor, target, session }: Did): string =>
      [actor, action.replaceAll('_', ' '), target, session].filter(Boolean).join(' · '),
  },

  tokens: {
    title: 'Access tokens for Git',
    about:
      'Git asks for your name and a password. A token takes the place of the password, and can be taken back alone.',
    none: 'No tokens yet.',
    label: 'What is it for',
    labelExample: 'Laptop',
    scope: 'It may',
    scopes: { read: 'Read: clone and fetch', write: 'Write: also push' },
    expires: 'It ends',
    expiry: { '30': 'After 30 days', '365': 'After a year', never: 'Never' },
    create: 'Create token',
    once: 'Copy it now. It is shown this once.',
    made: (at: string): string => `made ${at}`,
    ends: (at: string): string => `ends ${at}`,
    ended: (at: string): string => `ended ${at}`,
    neverEnds: 'never ends',
    used: (at: string): string => `last used ${at}`,
    unused: 'not used yet',
    end: (label: string): string => `End the token ${label}`,
    needLabel: 'Say what it is for, so that you know it again.',
    value: 'The new token',
  },

  playback: {
    title: 'Playback',
    titleOf: (path: string): string => `Playback of ${path}`,
    play: 'Play',
    playFile: 'Play how this file was written',
    pause: 'Pause',
    back: 'One step back',
    forward: 'One step on',
    revisionBack: 'To the revision before',
    revisionForward: 'To the next revision',
    speed: 'Speed',
    times: (n: number): string => `${n}×`,
    skip: 'Skip silence',
    follow: 'Follow the typing',
    place: 'Place in the life of the file',
    text: (path: string): string => `${path} as it was`,
    controls: 'Playback',
    step: (n: number, all: number): string => `${n.toLocaleString('en')} of ${all.toLocaleString('en')}`,
    stepEarlier: (n: number): string => `${count(n, 'revision', 'revisions')} before the keystrokes`,
    keystrokes: (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'keystroke' : 'keystrokes'}`,
    loading: (percent: number): string => `Loading ${percent} %`,
    nearest: 'Open the revision',
    said: 'Said meanwhile',
    saidNothing: 'Nothing was said until now.',
    onLine: (line: number): string => `line ${line}`,
    comment: 'Comment',
    before: (when: string): string => `Before ${when} only revisions are kept: stepping by revisions.`,
    beforeOpened: (when: string): string => `Before ${when} it was not written here: stepping by revisions.`,
    neverTyped: 'Nobody has typed into this file here: stepping by revisions.',
    more: 'Earlier revisions',
    deleted: 'deleted',
    emptyTitle: 'Nothing to play',
    empty: 'This file has never been changed here.',
    unknownTitle: 'There is no such file',
    unknown: 'It was never in this session, or the address is cut short.',
    noFileTitle: 'Which file?',
    noFile: 'Choose a file in the history and press Play.',
    toHistory: 'To the history',
    gone: 'These keystrokes were let go of a moment ago. Load the page again.',
    marks: {
      revision: 'Revision',
      named: 'Named version',
      chat: 'Chat',
      comment: 'Comment',
    },
  },

  looking: {
    views: 'What to look at',
    changes: 'Changes',
    tree: 'All files',
    tools: 'Difference',
    how: 'How to show it',
    text: 'Text',
    blame: 'Blame',
    where: 'Path',
    files: (n: number): string => count(n, 'file', 'files'),
    leftOut: (paths: string[]): string =>
      `Also in this revision, but not kept here as a link, a submodule or a bad name, so that a restore and a zip do not have it: ${some(paths, 'entry', 'entries')}.`,
    filesOf: (folder: string): string => (folder ? `Files in ${folder}` : 'Files'),
    up: 'Folder above',
    jump: 'Jump to a file',
    notYet: (n: number): string => `${count(n, 'file is', 'files are')} not loaded yet`,
    collapse: (path: string): string => `Lines of ${path}`,
    collapseAll: 'Collapse all files',
    expandAll: 'Expand all files',
    openFile: (path: string): string => `Open ${path} as it was`,
    blameFile: (path: string): string => `Blame ${path}`,
    historyOf: (name: string): string => `History of ${name}`,
    compareWith: 'Compare with…',
    compared: 'Compared with',
    compareBefore: 'Compare with the revision before',
    swap: 'Swap the two revisions',
    same: 'These two revisions are the same.',
    previousChange: 'Previous change (Shift F7)',
    nextChange: 'Next change (F7)',
    openAbove: (n: number): string => `Show ${n} more lines below what stands above`,
    openBelow: (n: number): string => `Show ${n} more lines above what stands below`,
    rest: 'Lines that did not change',
    moreLines: (n: number): string => `${count(n, 'more line', 'more lines')} of this difference`,
    showMore: (n: number): string => `Show ${n.toLocaleString('en')} more`,
    cut: (n: number): string => `… and ${n.toLocaleString('en')} more characters`,
    loadMore: (n: number): string => `Load more: ${count(n, 'file', 'files')} to come`,
    tooLarge: 'This difference is large and was left out.',
    tooSlow: 'Comparing this file took too long and was stopped.',
    muchTooSlow: 'Comparing this file takes too long. Download the file to compare it.',
    muchTooLarge: 'This difference is too large to be shown. Download the file to compare it.',
    before: 'Before',
    after: 'After',
    picture: (when: string, path: string): string => `${when}: ${path}`,
    broken: 'No browser can show this picture.',
    fileAt: (path: string, id: string): string => `${path} in revision ${id}`,
    about: (size: string, encoding: string): string =>
      encoding === 'utf-8' ? size : `${size} · ${encoding}`,
    cutFile: (size: string): string =>
      `This is the beginning. The whole file has ${size}; download it to see the rest.`,
    noFolder: (folder: string): string => `There was no folder ${folder}`,
    noFilesThen: 'There were no files',
    asking: 'Finding out who typed each line…',
    noLine: 'This line has no text.',
    line: (n: number): string => `Line ${n}`,
    showRevision: (id: string): string => `Show revision ${id}`,
    blameBefore: 'Blame before this',
    blameBeforeHint: (id: string): string => `The file as it was before ${id}, with its blame`,
    begins: 'The file begins here',
    sinceLastHere: 'Since I was last here',
    neverAway: 'Nothing has changed since you were last here.',
  },

  invites: {
    title: 'Invite by link',
    role: 'Role of those who come',
    howLong: 'How long the link works',
    howMany: 'For how many',
    expiry: [
      ['1', 'For an hour'],
      ['24', 'For 24 hours'],
      ['168', 'For 7 days'],
      ['never', 'Until I end it'],
    ],
    numbers: [
      ['any', 'Any number'],
      ['1', 'One person'],
      ['5', '5 people'],
      ['30', '30 people'],
    ],
    create: 'Create link',
    none: 'Whoever has a link can join, also without an account: it leads through making one.',
    once: 'A link is shown in the tab that made it alone. If one is lost, end it and make another.',
    made: 'The link is made.',
    ended: 'The link has been ended.',
    by: (name: string, when: string): string => `Made by ${name}, ${when}`,
    ends: (when: string): string => `ends ${when}`,
    neverEnds: 'no end',
    expired: 'its time is over',
    uses: (uses: number, most: number | null): string =>
      most !== null
        ? uses >= most
          ? `used by all ${most}`
          : `${most - uses} of ${count(most, 'use', 'uses')} left`
        : uses
          ? `used by ${uses}`
          : 'unused',
    show: 'Show',
    copy: 'Copy the link',
    end: (role: string): string => `End this link (${role})`,
    dialogTitle: (role: string): string => `Join as ${role.toLowerCase()}`,
    picture: 'QR code of the invite link',
    scan: 'Scan to join',
    orCode: (place: string): string => `Or open ${place} and type`,
    codeEnds: (when: string): string => `This code works until ${when}.`,
    codeOver: 'The time of the short code is over; the link still works. A new link has a new code.',
  },
}
