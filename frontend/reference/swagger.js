// /docs: Swagger UI on our own description, from our own origin. Requests are sent to this server only.

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

const isDark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", isDark.matches);
isDark.addEventListener("change", follow);
follow();

SwaggerUI({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  // Would ask a server of Swagger's.
  validatorUrl: null,
});
