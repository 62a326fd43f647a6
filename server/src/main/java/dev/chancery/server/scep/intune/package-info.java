/// Microsoft Intune's API for certification authorities of others (SCEP-180 to SCEP-185): token,
/// discovery, validation and word of the outcome. Facts from microsoft/Intune-Resource-Access
/// (`src/CsrValidation`, MIT) and Microsoft Learn, "Use APIs to add third-party CAs for SCEP to
/// Intune".
@NullMarked
package dev.chancery.server.scep.intune;

import org.jspecify.annotations.NullMarked;
