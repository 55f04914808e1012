"""Sign-in, settings, invitations, demo. Of allauth only what we use: no sign-up, no change of address, no codes by mail."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from trialogue.doors.web import accounts, consents, converters, demo, demo_post, invitations, notices, people, rules  # noqa: F401 - `id` is of converters

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", people.profile, name="settings"),
    path("settings/sign-in/", people.security, name="security"),
    path("settings/sign-in/sessions/<int:pk>/end/", people.session_end, name="session-end"),
    path("unsubscribe/<str:token>/", notices.unsubscribe, name="unsubscribe"),
    path("settings/notices/", notices.wishes, name="notice-wishes"),
    path("settings/notices/addresses/<id:public_id>/clear/", notices.address_clear, name="address-clear"),
    path("settings/notices/browsers/", notices.turn_on, name="browsers"),
    path("settings/notices/browsers/<id:public_id>/remove/", notices.take_away, name="browser-remove"),
    path("settings/absence/", notices.absence, name="absence"),
    path("settings/absence/end/", notices.absence_end, name="absence-end"),
    path("settings/organisation/", people.organisation, name="organisation"),
    path("settings/organisation/members/<id:person>/role/", people.member_role, name="member-role"),
    path("settings/organisation/members/<id:person>/remove/", people.member_remove, name="member-remove"),
    path("settings/organisation/members/<id:person>/absence/", notices.absence_of, name="absence-of"),
    path("settings/organisation/members/<id:person>/absence/end/", notices.absence_of_end, name="absence-of-end"),
    path("settings/organisation/invitations/", people.invite, name="invite"),
    path("settings/organisation/invitations/<id:public_id>/resend/", people.invitation_resend, name="invitation-resend"),
    path("settings/organisation/invitations/<id:public_id>/withdraw/", people.invitation_withdraw, name="invitation-withdraw"),
    path("settings/organisation/consent/", consents.of_all, name="consent-of-all"),
    path("settings/organisation/hours/", rules.hours, name="working-hours"),
    path("organisations/<id:public_id>/hours/", rules.hours_of, name="working-hours-of"),
    path("settings/keys/", people.keys, name="keys"),
    path("settings/keys/<id:public_id>/revoke/", people.key_revoke, name="key-revoke"),
    path("acting/", people.acting, name="acting"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("demo/enter/", demo.enter, name="demo-enter"),
    path("demo/mail/", demo.mails, name="demo-mail"),
    path("demo/mail/write/", demo_post.write, name="demo-mail-write"),
    path("demo/mail/<str:name>/", demo.mail, name="demo-mail-one"),
    path("demo/mail/<str:name>/html/", demo.mail_html, name="demo-mail-html"),
    path("accounts/login/", accounts.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path("accounts/password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/2fa/", RedirectView.as_view(pattern_name="security"), name="mfa_index"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/", include("allauth.mfa.totp.urls")),
    path("accounts/2fa/recovery-codes/", include("allauth.mfa.recovery_codes.urls")),
    path("accounts/2fa/webauthn/", include("allauth.mfa.webauthn.urls")),
    path("accounts/sessions/", accounts.SignOutElsewhere.as_view(), name="usersessions_list"),
]  # fmt: skip
