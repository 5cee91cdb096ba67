"""Stop words by language: the words of closed classes. Languages that are not here have none."""

from __future__ import annotations

_WORDS = {
    "de": """
der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines
ich du er sie es wir ihr mich dich ihn uns euch mir dir ihm ihnen sich man selbst selber einander
mein meine meinen meinem meiner meines dein deine deinen deinem deiner deines sein seine seinen seinem seiner seines
ihre ihren ihrem ihrer ihres unser unsere unseren unserem unserer unseres euer eure euren eurem eurer eures
dieser diese dieses diesen diesem jener jene jenes jenen jenem solcher solche solches solchen solchem derselbe
dieselbe
dasselbe welcher welche welches welchen welchem wer wen wem wessen was jeder jede jedes jeden jedem alle allem allen
aller alles manche mancher manches manchen manchem einige einigen einiger einiges etwas nichts niemand jemand viel
viele
vielen vieler mehr wenig wenige weniger beide beiden
und oder aber sondern denn doch weil da daß dass wenn ob obwohl während damit indem als wie sowie bevor nachdem bis
an am auf aus außer bei beim durch für gegen hinter in im ins mit nach neben ohne seit über um unter von vom vor wegen
zu
zum zur zwischen
bin bist ist sind seid war warst waren wart sein gewesen sei wäre wären habe hast hat haben habt hatte hattest hatten
hattet gehabt hätte hätten werde wirst wird werden werdet wurde wurden worden geworden würde würden kann kannst können
könnt konnte konnten könnte könnten muss musst müssen müsst musste mussten darf dürfen durfte durften soll sollst
sollen
sollte sollten will willst wollen wollte wollten mag mögen möchte möchten
nicht nur auch noch schon sehr so dann hier dort nun jetzt immer wieder wo wohin woher wann warum also ja nein
""",
    "es": """
el la los las lo un una unos unas al del yo tú él ella ello nosotros nosotras vosotros vosotras ellos ellas usted
ustedes
me te se nos os le les mí ti sí conmigo contigo consigo mi mis tu tus su sus nuestro nuestra nuestros nuestras vuestro
vuestra vuestros vuestras mío mía míos mías tuyo tuya tuyos tuyas suyo suya suyos suyas
este esta estos estas esto ese esa esos esas eso aquel aquella aquellos aquellas aquello que qué quien quién quienes
quiénes cual cuál cuales cuáles cuyo cuya cuyos cuyas algo alguien alguno alguna algunos algunas algún nada nadie
ninguno
ninguna ningún todo toda todos todas otro otra otros otras mucho mucha muchos muchas poco poca pocos pocas tanto tanta
mismo misma mismos mismas cada ambos ambas
a ante bajo con contra de desde durante en entre hacia hasta mediante para por según sin sobre tras
y e o u pero sino ni que si porque aunque cuando mientras como donde pues
soy eres es somos sois son era eras éramos eran fue fui fueron ser sido siendo sea sean sería serían estoy estás está
estamos estáis están estaba estaban estuvo estar estado he has ha hemos habéis han había habían hubo haber hay haya
no ya muy más menos tan también tampoco así aquí allí ahí entonces ahora luego siempre nunca cómo cuándo dónde cuánto
""",
    "fr": """
le la les l' un une des du de d' au aux je j' tu il elle on nous vous ils elles me m' te t' se s' moi toi lui leur eux
soi
y en ce c' cet cette ces ça ceci cela celui celle ceux celles mon ma mes ton ta tes son sa ses notre nos votre vos
leurs
mien mienne tien tienne sien sienne nôtre vôtre qui que qu' quoi dont où lequel laquelle lesquels lesquelles auquel
duquel
desquels quel quelle quels quelles chaque chacun chacune tout toute tous toutes aucun aucune nul nulle autre autres
même
mêmes tel telle tels telles plusieurs quelque quelques quelqu'un rien personne certains certaines
à dans par pour sur sous avec sans chez vers entre contre depuis pendant avant après devant derrière dès jusque jusqu'
malgré parmi selon outre
et ou mais donc or ni car si s' comme quand lorsque puisque parce afin bien quoique tandis
suis es est sommes êtes sont étais était étions étiez étaient fus fut furent serai sera seront serais serait seraient
sois
soit soient été étant être ai as a avons avez ont avais avait avions aviez avaient eus eut eurent aurai aura auront
aurais
aurait auraient aie ait aient eu ayant avoir
ne n' pas plus moins très trop peu assez aussi encore déjà toujours jamais ici là ainsi alors puis ensuite non oui
""",
    "it": """
il lo la i gli le l' un uno una un' del dello della dei degli delle dell' al allo alla ai agli alle all' dal dallo
dalla
dai dagli dalle dall' nel nello nella nei negli nelle nell' sul sullo sulla sui sugli sulle sull' col coi
io tu lui lei noi voi loro egli ella esso essa essi esse mi ti si ci vi me te sé ne mio mia miei mie tuo tua tuoi tue
suo
sua suoi sue nostro nostra nostri nostre vostro vostra vostri vostre questo questa questi queste quello quella quelli
quelle quei quegli che chi cui quale quali quanto quanta quanti quante ogni ognuno alcuno alcuna alcuni alcune qualche
qualcuno qualcosa nessuno nessuna niente nulla tutto tutta tutti tutte altro altra altri altre stesso stessa stessi
stesse
molto molta molti molte poco poca pochi poche
a ad con da di in per su tra fra contro sopra sotto verso senza dopo prima durante
e ed o od ma né se perché come quando mentre anche però dunque quindi
sono sei è siamo siete era eri eravamo erano fu furono essere stato stata stati state sarà saranno sarebbe sia siano
ho
hai ha abbiamo avete hanno aveva avevano ebbe avere avuto avrà avranno abbia abbiano
non più meno già ancora sempre mai qui qua lì là così allora poi dove
""",
    "nl": """
de het een 't ik jij je u hij zij ze wij we jullie mij me jou hem haar ons hen hun zich zelf mijn jouw uw zijn onze
deze dit die dat wie wat welke welk elk elke ieder iedere iemand niemand iets niets alle alles al andere ander veel
weinig
meer meest enkele sommige beide zo'n zulke
aan achter bij binnen boven buiten door in langs met na naar naast om onder op over per rond sinds te tegen tijdens
tot
tussen uit van vanaf voor zonder
en of maar want dus noch als dan toen terwijl omdat doordat hoewel zodat voordat nadat
ben bent is waren was geweest heb hebt heeft hebben had hadden gehad word wordt worden werd werden geworden zal zult
zullen
zou zouden kan kunt kunnen kon konden mag mogen mocht mochten moet moeten moest moesten wil wilt willen wilde wilden
niet geen ook nog al wel toch er hier daar waar hoe wanneer waarom nu toen altijd nooit zo zeer erg
""",
    "pt": """
o a os as um uma uns umas do da dos das no na nos nas ao à aos às pelo pela pelos pelas dum duma num numa
eu tu ele ela nós vós eles elas você vocês me te se lhe lhes vos mim ti si comigo contigo consigo conosco meu minha
meus
minhas teu tua teus tuas seu sua seus suas nosso nossa nossos nossas vosso vossa este esta estes estas isto esse essa
esses essas isso aquele aquela aqueles aquelas aquilo que quem qual quais cujo cuja cujos cujas algo alguém algum
alguma
alguns algumas nada ninguém nenhum nenhuma tudo todo toda todos todas outro outra outros outras muito muita muitos
muitas
pouco pouca poucos poucas mesmo mesma mesmos mesmas cada ambos ambas tanto quanto
de em por para com sem sob sobre entre até desde contra perante após durante
e ou mas nem se porque embora quando enquanto como onde pois logo porém
sou és é somos são era eram foi fui foram ser sido sendo seja sejam seria seriam estou está estamos estão estava
estavam
esteve estar tenho tem temos têm tinha tinham teve ter tido há havia houve haver haja
não sim já muito mais menos tão também ainda sempre nunca aqui ali lá então agora
""",
}
STOP_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}
