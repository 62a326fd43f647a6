package dev.chancery.server.scep.handout;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.requester.Account;
import java.time.Duration;

/// How an endpoint's challenges are handed out to a device manager.
///
/// @param path of the SCEP endpoint, such as `/scep/phones`
/// @param names what may be asked for with a challenge; the certificate has the endpoint's profile
/// @param outstanding how many unused challenges there may be at a time
public record HandOutSettings(
    Endpoint endpoint,
    String path,
    Form form,
    Account account,
    NameSpace names,
    Duration lifetime,
    int outstanding,
    PageEncoding encoding,
    DeviceBinding deviceBinding) {
  /// Whether a challenge is bound to the device that the message is about.
  public enum DeviceBinding {
    /// If the message names one.
    WHEN_NAMED,
    NEVER
  }

  /// Who fetches them, and how.
  public enum Form {
    /// From the page of Microsoft's NDES.
    NDES,
    /// By Jamf Pro's webhook SCEPChallenge.
    JAMF
  }

  /// How NDES's page is written.
  public enum PageEncoding {
    /// With a byte order mark, as the original.
    UTF_16LE,
    UTF_8
  }
}
