"""The addresses of the pages."""

from django.urls import path

from trialogue.doors.web import assets, cases, converters  # noqa: F401 - teaches `path` our kinds of words

urlpatterns = [
    path("", cases.home, name="home"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", cases.new_case, name="new-case"),
    path("cases/<reference:reference>/", cases.case, name="case"),
    path("cases/<reference:reference>/live/", cases.live, name="case-live"),
    path("cases/<reference:reference>/read/", cases.mark_read, name="mark-read"),
    path("cases/<reference:reference>/messages/", cases.post_message, name="post-message"),
    path("cases/<reference:reference>/documents/", cases.add_documents, name="add-documents"),
    path("cases/<reference:reference>/moves/<slug:name>/", cases.move, name="move"),
    path("cases/<reference:reference>/timeline/", cases.timeline, name="timeline"),
    path("documents/<id:public_id>/<str:pass_word>/", cases.document, name="document"),
    path("clocks/<id:public_id>/", cases.clock, name="clock"),
    path("assets/<slug:digest>.<slug:name>", assets.asset, name="asset"),
    path("icon.svg", assets.icon, name="icon"),
]
