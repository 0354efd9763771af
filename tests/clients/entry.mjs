// The script of the tests' page: the provider as it is published, and a client that reads from it.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";

const client = OpenFeature.getClient();

// Plain data, as Playwright can carry it to the test.
const read = (flag) => ({ ...client.getStringDetails(flag, "code default") });

globalThis.features = {
  read,

  // Gives the status that the provider has then, whether or not it could begin.
  async connect({ unit, ...options }) {
    await OpenFeature.setContext({ targetingKey: unit });
    await OpenFeature.setProviderAndWait(new OFREPWebProvider(options)).catch(() => {});
    return client.providerStatus;
  },

  // What each of these visitors reads, one after the other in the same page.
  async readAs({ units, flag }) {
    const seen = {};
    for (const unit of units) {
      await OpenFeature.setContext({ targetingKey: unit });
      seen[unit] = read(flag);
    }
    return seen;
  },
};
