import type { CidrTest } from '../ast.ts';
import { isWithin, parseLoggedIp } from '../cidr.ts';
import { kqlString } from '../kql/literal.ts';
import { textOf } from '../kql/operand.ts';
import { notNull } from '../kql/present.ts';
import { passingTexts } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';

/** Addresses come with a port (Storage), in brackets, or as IPv4 inside IPv6; a masked one is in no network. */
const v4Address = String.raw`^\s*(?:::ffff:)?([0-9.]+)(?::[0-9]+)?\s*$`;
const v6Address = String.raw`^\s*\[?([0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)(?:%[^\]]*)?(?:\](?::[0-9]+)?)?\s*$`;

/** The address lies in the network. */
export const cidrMeaning = (network: CidrTest): TestMeaning => ({
  matcher: () =>
    passingTexts((text) => {
      const address = parseLoggedIp(text.trim());
      return address !== undefined && isWithin(address, network);
    }),
  kql: (value) => {
    const [inRange, address] =
      network.bytes.length === 4 ? ['ipv4_is_in_range', v4Address] : ['ipv6_is_in_range', v6Address];
    return notNull(
      `${inRange}(extract(${kqlString(address)}, 1, ${textOf(value)}), ${kqlString(network.network)})`,
    );
  },
  says: () => `lies in ${network.network}`,
});
