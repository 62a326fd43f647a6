/// One-time challenges for device managers that fetch them: on NDES's page, and by Jamf's webhook.
@NullMarked
package dev.chancery.server.scep.handout;

import org.jspecify.annotations.NullMarked;
