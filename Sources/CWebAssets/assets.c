#include "CWebAssets.h"

static const unsigned char openapi[] = {
#embed "files/openapi.yaml"
};

static const unsigned char images_icon[] = {
#embed "files/images/icon.svg"
};

static const unsigned char scripts_tocsin[] = {
#embed "files/scripts/tocsin.js"
};

static const unsigned char styles_tocsin[] = {
#embed "files/styles/tocsin.css"
};

static const unsigned char styles_status[] = {
#embed "files/styles/status.css"
};

static const unsigned char templates_status_history[] = {
#embed "files/templates/status-history.mustache"
};

static const unsigned char templates_status_incident[] = {
#embed "files/templates/status-incident.mustache"
};

static const unsigned char templates_status_page[] = {
#embed "files/templates/status-page.mustache"
};

static const unsigned char templates_status[] = {
#embed "files/templates/status.mustache"
};

static const unsigned char templates_channel_list[] = {
#embed "files/templates/channel-list.mustache"
};

static const unsigned char templates_channel_made[] = {
#embed "files/templates/channel-made.mustache"
};

static const unsigned char templates_channel_test[] = {
#embed "files/templates/channel-test.mustache"
};

static const unsigned char templates_channel[] = {
#embed "files/templates/channel.mustache"
};

static const unsigned char templates_channels[] = {
#embed "files/templates/channels.mustache"
};

static const unsigned char templates_dead_letter_list[] = {
#embed "files/templates/dead-letter-list.mustache"
};

static const unsigned char templates_dead_letters[] = {
#embed "files/templates/dead-letters.mustache"
};

static const unsigned char templates_error[] = {
#embed "files/templates/error.mustache"
};

static const unsigned char templates_incident[] = {
#embed "files/templates/incident.mustache"
};

static const unsigned char templates_incident_form[] = {
#embed "files/templates/incident-form.mustache"
};

static const unsigned char templates_incident_list[] = {
#embed "files/templates/incident-list.mustache"
};

static const unsigned char templates_incidents[] = {
#embed "files/templates/incidents.mustache"
};

static const unsigned char templates_layout[] = {
#embed "files/templates/layout.mustache"
};

static const unsigned char templates_maintenance[] = {
#embed "files/templates/maintenance.mustache"
};

static const unsigned char templates_maintenance_edit[] = {
#embed "files/templates/maintenance-edit.mustache"
};

static const unsigned char templates_maintenance_form[] = {
#embed "files/templates/maintenance-form.mustache"
};

static const unsigned char templates_maintenance_list[] = {
#embed "files/templates/maintenance-list.mustache"
};

static const unsigned char templates_sign_in[] = {
#embed "files/templates/sign-in.mustache"
};

static const unsigned char templates_site_form[] = {
#embed "files/templates/site-form.mustache"
};

static const unsigned char templates_site_head[] = {
#embed "files/templates/site-head.mustache"
};

static const unsigned char templates_site_order[] = {
#embed "files/templates/site-order.mustache"
};

static const unsigned char templates_site_results[] = {
#embed "files/templates/site-results.mustache"
};

static const unsigned char templates_site_row[] = {
#embed "files/templates/site-row.mustache"
};

static const unsigned char templates_site[] = {
#embed "files/templates/site.mustache"
};

static const unsigned char templates_sites[] = {
#embed "files/templates/sites.mustache"
};

static const unsigned char templates_state[] = {
#embed "files/templates/state.mustache"
};

static const unsigned char templates_summary[] = {
#embed "files/templates/summary.mustache"
};

static const unsigned char templates_system_status[] = {
#embed "files/templates/system-status.mustache"
};

static const unsigned char templates_reference[] = {
#embed "files/templates/reference.mustache"
};

static const unsigned char templates_words[] = {
#embed "files/templates/words.mustache"
};

static const unsigned char templates_type[] = {
#embed "files/templates/type.mustache"
};

static const unsigned char templates_field_note[] = {
#embed "files/templates/field-note.mustache"
};

static const unsigned char templates_system[] = {
#embed "files/templates/system.mustache"
};

static const struct tocsin_asset assets[] = {
    {"openapi.yaml", openapi, sizeof openapi},
    {"images/icon.svg", images_icon, sizeof images_icon},
    {"scripts/tocsin.js", scripts_tocsin, sizeof scripts_tocsin},
    {"styles/tocsin.css", styles_tocsin, sizeof styles_tocsin},
    {"styles/status.css", styles_status, sizeof styles_status},
    {"templates/status-history.mustache", templates_status_history, sizeof templates_status_history},
    {"templates/status-incident.mustache", templates_status_incident, sizeof templates_status_incident},
    {"templates/status-page.mustache", templates_status_page, sizeof templates_status_page},
    {"templates/status.mustache", templates_status, sizeof templates_status},
    {"templates/channel-list.mustache", templates_channel_list, sizeof templates_channel_list},
    {"templates/channel-made.mustache", templates_channel_made, sizeof templates_channel_made},
    {"templates/channel-test.mustache", templates_channel_test, sizeof templates_channel_test},
    {"templates/channel.mustache", templates_channel, sizeof templates_channel},
    {"templates/channels.mustache", templates_channels, sizeof templates_channels},
    {"templates/dead-letter-list.mustache", templates_dead_letter_list, sizeof templates_dead_letter_list},
    {"templates/dead-letters.mustache", templates_dead_letters, sizeof templates_dead_letters},
    {"templates/error.mustache", templates_error, sizeof templates_error},
    {"templates/incident.mustache", templates_incident, sizeof templates_incident},
    {"templates/incident-form.mustache", templates_incident_form, sizeof templates_incident_form},
    {"templates/incident-list.mustache", templates_incident_list, sizeof templates_incident_list},
    {"templates/incidents.mustache", templates_incidents, sizeof templates_incidents},
    {"templates/layout.mustache", templates_layout, sizeof templates_layout},
    {"templates/maintenance.mustache", templates_maintenance, sizeof templates_maintenance},
    {"templates/maintenance-edit.mustache", templates_maintenance_edit, sizeof templates_maintenance_edit},
    {"templates/maintenance-form.mustache", templates_maintenance_form, sizeof templates_maintenance_form},
    {"templates/maintenance-list.mustache", templates_maintenance_list, sizeof templates_maintenance_list},
    {"templates/sign-in.mustache", templates_sign_in, sizeof templates_sign_in},
    {"templates/site-form.mustache", templates_site_form, sizeof templates_site_form},
    {"templates/site-head.mustache", templates_site_head, sizeof templates_site_head},
    {"templates/site-order.mustache", templates_site_order, sizeof templates_site_order},
    {"templates/site-results.mustache", templates_site_results, sizeof templates_site_results},
    {"templates/site-row.mustache", templates_site_row, sizeof templates_site_row},
    {"templates/site.mustache", templates_site, sizeof templates_site},
    {"templates/sites.mustache", templates_sites, sizeof templates_sites},
    {"templates/state.mustache", templates_state, sizeof templates_state},
    {"templates/summary.mustache", templates_summary, sizeof templates_summary},
    {"templates/system-status.mustache", templates_system_status, sizeof templates_system_status},
    {"templates/reference.mustache", templates_reference, sizeof templates_reference},
    {"templates/words.mustache", templates_words, sizeof templates_words},
    {"templates/type.mustache", templates_type, sizeof templates_type},
    {"templates/field-note.mustache", templates_field_note, sizeof templates_field_note},
    {"templates/system.mustache", templates_system, sizeof templates_system},
};

const struct tocsin_asset *tocsin_asset_at(size_t index) {
    return index < sizeof assets / sizeof assets[0] ? &assets[index] : NULL;
}
