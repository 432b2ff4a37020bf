/** What keywords ask for: pieces of plain text that are long enough to look a message through for. */
export const longWanted = [
  'Microsoft.Authorization/roleAssignments/write',
  'accounts/listKeys/action',
  'assigned by kelvin - today',
  'update role write',
  '"kind":"listKeys/action',
  'roleAssignments*for all',
] as const;

/** What records hold: these in other spellings, beside near misses. */
export const longTexts = [
  'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE',
  'Microsoft.Authorization/roleAssignments/delete',
  'see Microsoft.CognitiveServices/accounts/listKeys/action',
  'listKeys/action',
  'assigned by \u212Aelvin \u2013 today',
  'update\u00a0role write "it"',
  'roleAssignments\nfor all',
] as const;
